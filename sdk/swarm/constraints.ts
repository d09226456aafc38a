import type { ClusterNode } from "./cluster";

/** A placement constraint in its parts. */
const form = /^\s*([\w.-]+(?:\.[\w./-]+)*)\s*(==|!=)\s*(.+?)\s*$/;

/** Whether a text is a placement constraint that swarms know: `node.labels.disk == ssd`. */
export function isConstraint(text: string): boolean {
  const key = form.exec(text)?.[1];
  return key !== undefined && known.some((pattern) => pattern.test(key));
}

const known = [
  /^node\.(id|hostname|ip|role)$/i,
  /^node\.platform\.(os|arch)$/i,
  /^node\.labels\.[^.\s]/,
  /^engine\.labels\.[^.\s]/,
];

/**
 * Whether a node fits placement constraints, by the rules of the swarm's scheduler: values without regard to
 * upper and lower case, a label that is not there as empty text. What cannot be judged here fits. Pure.
 */
export function fits(node: ClusterNode, constraints: readonly string[]): boolean {
  return constraints.every((constraint) => {
    const [, key = "", operator, value = ""] = form.exec(constraint) ?? [];
    const actual = valueOf(node, key);
    if (operator === undefined || actual === undefined) return true;
    return (actual.toLowerCase() === value.toLowerCase()) === (operator === "==");
  });
}

function valueOf(node: ClusterNode, key: string): string | undefined {
  const label = /^(node|engine)\.labels\.(.+)$/i.exec(key);
  if (label?.[2] !== undefined) {
    const labels = label[1] === "engine" ? node.engineLabels : node.labels;
    return labels[label[2]] ?? "";
  }
  switch (key.toLowerCase()) {
    case "node.id":
      return node.id;
    case "node.hostname":
      return node.hostname;
    case "node.role":
      return node.role;
    case "node.platform.os":
      return node.os;
    case "node.platform.arch":
      // The engine writes one architecture in two ways.
      return node.architecture === "x86_64" ? "amd64" : node.architecture;
    default:
      return undefined;
  }
}
