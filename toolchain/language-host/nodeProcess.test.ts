import { describe, expect, it } from "vitest";
import { NodeProcesses } from "./nodeProcess";

const never = new AbortController().signal;

function script(code: string) {
  return { arguments: ["-e", code], workingDirectory: undefined, environment: process.env };
}

/** Collects output, and tells when the first of it has come. */
function collector() {
  let text = "";
  let began: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (began = resolve));
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
    began();
  };
  return { output: { stdout: take, stderr: take }, started, text: () => text };
}

describe("NodeProcesses", () => {
  it("passes output on and tells the exit code", async () => {
    const { output, text } = collector();
    const command = script("console.log('out'); console.error('err'); process.exitCode = 5");
    const end = await new NodeProcesses().run(process.execPath, command, { output, signal: never });
    expect(end).toEqual({ code: 5, signal: null });
    expect(text()).toContain("out\n");
    expect(text()).toContain("err\n");
  });

  it("rejects when the program cannot be started", async () => {
    const run = new NodeProcesses().run("/no/such/node", script(""), { ...collector(), signal: never });
    await expect(run).rejects.toThrow("ENOENT");
  });

  it("interrupts a process when its call is cancelled", async () => {
    const { output, started } = collector();
    const cancel = new AbortController();
    const command = script("console.log('on'); setInterval(() => {}, 1000)");
    const end = new NodeProcesses().run(process.execPath, command, { output, signal: cancel.signal });
    await started;
    cancel.abort();
    expect(await end).toEqual({ code: null, signal: "SIGINT" });
  });

  it("kills what does not heed the interrupt, and starts nothing more", { timeout: 15_000 }, async () => {
    const { output, started } = collector();
    const processes = new NodeProcesses();
    const stubborn = script("process.on('SIGINT', () => {}); console.log('on'); setInterval(() => {}, 1000)");
    const end = processes.run(process.execPath, stubborn, { output, signal: never });
    await started;
    await processes.stopAll();
    expect(await end).toEqual({ code: null, signal: "SIGKILL" });
    await expect(processes.run(process.execPath, stubborn, { signal: never })).rejects.toThrow("cancelled");
  });
});
