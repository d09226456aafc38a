import type { FarmIssue } from "./farmError";
import { fieldsOf, toIssues, type Target } from "./platformRules";
import { nameIssues, serviceIssues } from "./serviceRules";
import { proxyOrchestratorFindings, swarmNameIssues } from "./swarmRules";

/** What is wrong with a scale set beyond each property by itself. */
export function proxiedScaleSetIssues(name: string, args: unknown, target: Target): FarmIssue[] {
  const { service, proxy } = fieldsOf(args);
  return [
    ...nameIssues(name),
    ...(target.orchestrator === "swarm" ? swarmNameIssues(name) : []),
    ...serviceIssues(service, target, ["service"]),
    ...toIssues(proxyOrchestratorFindings(proxy, target), ["proxy"]),
  ];
}
