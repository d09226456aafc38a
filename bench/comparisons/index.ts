import type { Comparison } from "../comparison";
import { composeComparison } from "./compose";
import { engineComparison } from "./engine";
import { planComparison } from "./plan";
import { pulumiComparison } from "./pulumi";
import { reloadComparison } from "./reload";
import { setupComparison } from "./setup";
import { startComparison } from "./start";
import { steadyComparison } from "./steady";

/** In the order in which they run. */
export const comparisons: readonly Comparison[] = [
  pulumiComparison,
  composeComparison,
  engineComparison,
  startComparison,
  planComparison,
  reloadComparison,
  steadyComparison,
  setupComparison,
];
