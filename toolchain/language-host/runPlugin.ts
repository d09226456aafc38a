import { RunPluginResponse, type RunPluginRequest } from "@pulumi/pulumi/proto/language_pb";
import { Unsupported } from "./handlers";
import type { NodeProcesses } from "./nodeProcess";
import { pluginCommand } from "./programCommand";
import { endDescription } from "./programEnd";
import { programOf } from "./programInfo";
import { resolveSdkEntry } from "./sdkModule";

/** Runs a plugin that is written in Node.js, such as a component package, and passes its output on. */
export async function runPlugin(
  request: RunPluginRequest,
  send: (response: RunPluginResponse) => void,
  processes: NodeProcesses,
  signal: AbortSignal,
): Promise<void> {
  if (request.getKind() === "analyzer") {
    throw new Unsupported(
      `policy pack ${request.getName()}: policy packs need the official Node.js language host of Pulumi`,
    );
  }
  const { programDirectory, options } = programOf(request);
  const command = pluginCommand(
    {
      runModule: resolveSdkEntry("run-plugin", programDirectory),
      pluginDirectory: programDirectory,
      pluginArguments: request.getArgsList(),
      workingDirectory: request.getPwd(),
      environment: request.getEnvList(),
    },
    options,
  );
  const output = {
    stdout: (chunk: Buffer) => {
      const response = new RunPluginResponse();
      response.setStdout(chunk);
      send(response);
    },
    stderr: (chunk: Buffer) => {
      const response = new RunPluginResponse();
      response.setStderr(chunk);
      send(response);
    },
  };
  const end = await processes.run(process.execPath, command, { output, signal });
  if (end.code !== 0) throw new Error(endDescription(end));
}
