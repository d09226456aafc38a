import { plain } from "../../cli/io";
import { statusText } from "../../cli/status/print";
import { swarmReport } from "../../cli/status/swarmReport";
import type { ClusterTask } from "../../sdk/swarm/cluster";
import { sampleCluster, sampleManager, sampleNode, sampleService, sampleTask } from "./clusterSamples";

const image = "registry.example.com/shop:1.0";
const nginx = "registry.example.com/nginx-windows:1.28";

/** What `webfarm status` prints of a farm on Windows nodes whose last update failed and was rolled back. */
export function rolledBackFarm(): string {
  const labels = (service: string) => ({
    "webfarm.stack": "shop/production",
    "webfarm.farm": "shop",
    "webfarm.service": service,
    "webfarm.generation": "1",
  });
  const task = (service: string, slot: number, node: string, more: Partial<ClusterTask>) =>
    sampleTask(`shop-${service}`, node, {
      id: `${service} ${slot} ${node}`,
      slot,
      labels: labels(service),
      ...more,
    });
  const windows = { os: "windows", engineVersion: "28.5.1" };
  const services = [
    sampleService("shop-webapp", {
      labels: labels("webapp"),
      replicas: 3,
      update: { state: "rollback_completed", message: "" },
    }),
    {
      ...sampleService("shop-proxy", {
        labels: labels("proxy"),
        constraints: ["node.platform.os == windows"],
      }),
      ports: [{ target: 80, published: 80, protocol: "tcp", mode: "host" as const }],
    },
  ];
  delete services[1]?.replicas;
  const { swarm, farms } = swarmReport(
    sampleCluster({
      nodes: [
        ...[1, 2, 3].map((number) =>
          sampleManager(`manager${number}`, {
            address: `10.1.0.${number}`,
            engineVersion: "28.5.1",
            manager: { reachable: true, leader: number === 1 },
            availability: "drain",
          }),
        ),
        sampleNode("web1", { ...windows, address: "10.1.0.11" }),
        sampleNode("web2", { ...windows, address: "10.1.0.12" }),
      ],
      services,
      tasks: [
        task("webapp", 1, "web1", { image, address: "10.0.3.2" }),
        task("webapp", 2, "web2", { image, address: "10.0.3.3" }),
        task("webapp", 3, "web1", { image, address: "10.0.3.4" }),
        task("webapp", 1, "web2", {
          id: "failed",
          desired: "shutdown",
          state: "failed",
          error: "task: non-zero exit (3)",
          since: "2026-11-30T18:06:00Z",
        }),
        task("proxy", 0, "web1", { image: nginx, address: "10.0.3.5" }),
        task("proxy", 0, "web2", { image: nginx, address: "10.0.3.6" }),
      ],
    }),
  );
  const engine = { host: "ssh://admin@manager1", version: "28.5.1", platform: "linux" };
  return statusText({ ok: false, engine, swarm, farms }, plain).join("\n");
}
