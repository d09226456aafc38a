import type { FarmPlan } from "./farmPlan";
import type { Route } from "./proxyPlan";

/** A farm as a Mermaid flowchart: who is asked for what, and who waits for whom. */
export function topologyOf(plan: FarmPlan, network: string): string {
  const routed = plan.apps.filter(({ routes }) => routes.length > 0);
  const published = plan.publish === undefined ? "" : `|":${plan.publish}"|`;
  return [
    "flowchart LR",
    `  subgraph network ["${text(network)}"]`,
    `    proxy["proxy<br/>nginx"]`,
    ...plan.apps.map(({ name, replicas, service }) => {
      const image = typeof service.image === "string" ? `<br/>${text(service.image)}` : "";
      return `    ${id(name)}["${name} × ${replicas}${image}"]`;
    }),
    ...(plan.console ? [`    console["console"]`] : []),
    ...routed.map(
      ({ name, routes }) => `    proxy -->|"${routes.map(routeText).join("<br/>")}"| ${id(name)}`,
    ),
    ...plan.apps.flatMap(({ name, dependsOn }) =>
      dependsOn.map((other) => `    ${id(name)} -. waits for .-> ${id(other)}`),
    ),
    "  end",
    // Behind the network, so that the proxy is known as a part of it.
    `  clients(["clients"]) -->${published} proxy`,
    "",
  ].join("\n");
}

function routeText({ host = "", path, exact }: Route): string {
  return `${exact ? "= " : ""}${text(host)}${text(path)}`;
}

/** Names of nodes must not be Mermaid's own words, such as `end`. */
function id(app: string): string {
  return `app_${app.replaceAll("-", "_")}`;
}

function text(label: string): string {
  return label.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
