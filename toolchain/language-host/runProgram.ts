import { RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import type { NodeProcesses } from "./nodeProcess";
import { programCommand } from "./programCommand";
import { programResult, type ProgramResult } from "./programEnd";
import { programOf } from "./programInfo";
import { resolveSdkEntry } from "./sdkModule";

export interface Engine {
  readonly address: string;
  readonly tracing: string | undefined;
}

/** Runs the user's program once: this is what a preview, an update or a refresh with program does. */
export async function runProgram(
  request: RunRequest,
  engine: Engine,
  processes: NodeProcesses,
  signal: AbortSignal,
): Promise<RunResponse> {
  const result = await execute(request, engine, processes, signal).catch((error: unknown) => ({
    error: error instanceof Error ? error.message : String(error),
    bail: false,
  }));
  const response = new RunResponse();
  response.setError(result.error);
  response.setBail(result.bail);
  return response;
}

async function execute(
  request: RunRequest,
  engine: Engine,
  processes: NodeProcesses,
  signal: AbortSignal,
): Promise<ProgramResult> {
  if (request.getAttachDebugger()) {
    throw new Error(
      "this language host cannot attach a debugger by itself: set the runtime option " +
        '"nodeargs: --inspect-brk" in Pulumi.yaml and attach to port 9229',
    );
  }
  const { options, ...program } = programOf(request);
  const command = programCommand(
    {
      ...program,
      runModule: resolveSdkEntry("run", program.programDirectory),
      programArguments: request.getArgsList(),
      monitorAddress: request.getMonitorAddress(),
      engineAddress: engine.address,
      tracing: engine.tracing,
      organization: request.getOrganization(),
      project: request.getProject(),
      stack: request.getStack(),
      dryRun: request.getDryrun(),
      parallel: request.getParallel(),
      config: Object.fromEntries(request.getConfigMap().entries()),
      configSecretKeys: request.getConfigsecretkeysList(),
    },
    options,
    process.env,
  );
  try {
    return programResult(await processes.run(process.execPath, command, { signal }));
  } catch (error) {
    throw new Error(`Node could not be started: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
