import { describe, expect, it } from "vitest";
import { dnsVariables } from "./knobs";

describe("knobs of a cell", () => {
  it("are variables: numbers and ranges as the cell reads them, and none for what is left alone", () => {
    expect(dnsVariables({ negativeAnswers: [8, 12], delaySeconds: 0.5 }, 7)).toEqual({
      WEBFARM_LAB_SEED: "7",
      WEBFARM_LAB_DNS_NEGATIVE: "8-12",
      WEBFARM_LAB_DNS_DELAY_SECONDS: "0.5",
    });
  });

  it("have a seed even when nothing is troubled", () => {
    expect(dnsVariables({}, 1)).toEqual({ WEBFARM_LAB_SEED: "1" });
  });
});
