import type Docker from "dockerode";
import { exec } from "./exec";

/** A replica rests between two checks so many times as long as one takes, as a check costs what it takes. */
const restFactor = 3;

/** A replica's check may take as long as the engine gives it, and no longer than this. */
const longestSeconds = 30;

/** Every check is a process: so many replicas at most are checked early, the others by the engine alone. */
const atOnce = 8;

const nanoseconds = 1e9;

/**
 * Runs the health checks of starting replicas before the engine does. The engine makes its first check one
 * interval after the start (moby, daemon/health.go), and calls a replica healthy at the first that passes;
 * one that passes earlier says the same.
 */
export class EarlyChecks {
  private readonly running = new Set<string>();
  private readonly passed = new Set<string>();

  constructor(private readonly engine: Docker) {}

  /** True once a check of this container has passed; begins one when none is running. */
  hasPassed(containerName: string, inspection: Docker.ContainerInspectInfo): boolean {
    if (this.passed.has(containerName)) return true;
    const command = checkCommand(inspection);
    if (command !== undefined && !this.running.has(containerName) && this.running.size < atOnce) {
      this.running.add(containerName);
      const { Timeout: timeout = 0 } = inspection.Config.Healthcheck ?? {};
      const timeoutSeconds = timeout > 0 ? Math.min(timeout / nanoseconds, longestSeconds) : longestSeconds;
      void this.check(containerName, command, timeoutSeconds);
    }
    return false;
  }

  private async check(containerName: string, command: string[], timeoutSeconds: number): Promise<void> {
    const started = Date.now();
    try {
      const { exitCode } = await exec(this.engine.getContainer(containerName), command, { timeoutSeconds });
      if (exitCode === 0) this.passed.add(containerName);
    } catch {
      // What keeps a check from running is the engine's to judge: its own checks go on.
    }
    await new Promise((resolve) => setTimeout(resolve, (Date.now() - started) * restFactor));
    this.running.delete(containerName);
  }
}

/** A container's check as a command, as the engine would run it; undefined when it has none. Pure. */
export function checkCommand({ Config, Platform }: Docker.ContainerInspectInfo): string[] | undefined {
  const [kind, ...words] = Config.Healthcheck?.Test ?? [];
  if (kind === "CMD") return words.length === 0 ? undefined : words;
  if (kind !== "CMD-SHELL" || words[0] === undefined) return undefined;
  const shell = (Config as { Shell?: string[] | null }).Shell ?? [];
  const standard = Platform === "windows" ? ["cmd", "/S", "/C"] : ["/bin/sh", "-c"];
  return [...(shell.length > 0 ? shell : standard), words[0]];
}
