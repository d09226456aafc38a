import { cpus, totalmem } from "node:os";
import type Docker from "dockerode";
import { runCommand } from "../toolchain/images/command";

/** Machine and versions in one line. */
export async function machineOf(docker: Docker): Promise<string> {
  const [engine, pulumi] = await Promise.all([
    docker.version(),
    runCommand("pulumi", ["version"], { timeoutSeconds: 30 }),
  ]);
  const processors = cpus();
  return [
    `${processors.length} cores (${processors[0]?.model.trim() ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    `Pulumi ${pulumi.trim()}`,
    `Docker ${engine.Version} (${engine.Os})`,
    new Date().toISOString().slice(0, 10),
  ].join(", ");
}
