import { planService } from "../../sdk/plan/servicePlan";
import { traitsOf } from "../../sdk/platform/platform";
import { natServiceSchema } from "../../sdk/schema/natService";
import { againstLimit, resultOf, type Comparison } from "../comparison";

const limitMilliseconds = 100;
const rounds = 20;

export const planComparison: Comparison = {
  letter: "e",
  title: "The plan alone",
  run({ say }) {
    const results = [10, 100, 500].map((replicas) => {
      say(`e: ${replicas} replicas`);
      const figures = Array.from({ length: rounds }, () => millisecondsOf(replicas));
      return resultOf({
        name: `check and plan of ${replicas} replicas`,
        unit: "ms",
        ours: { label: "plan", figures },
        other: againstLimit("allowed", limitMilliseconds, rounds),
        ...(replicas === 500 ? { goal: 1 } : {}),
      });
    });
    return Promise.resolve(results);
  },
};

function millisecondsOf(replicas: number): number {
  const started = performance.now();
  const args = natServiceSchema.parse({
    image: "andrew0928/mvcdemo:1.0",
    replicas,
    ports: [{ container: 80 }, { container: 443 }],
    environment: { ASPNETCORE_URLS: "http://+:80", GREETING: "hello" },
    labels: { team: "shop" },
  });
  const owner = { stack: "shop/dev", farm: "shop", service: "webapp" };
  planService(args, { resourceStem: "shop-webapp", owner, traits: traitsOf("windows"), release: "2022" });
  return performance.now() - started;
}
