import {
  InstallDependenciesResponse,
  type InstallDependenciesRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { packageRoot } from "./installedPackages";
import type { NodeProcesses } from "./nodeProcess";
import { choosePackageManager, installArguments } from "./packageManager";
import { endDescription } from "./programEnd";
import { programOf } from "./programInfo";

/** `pulumi install`: the project's package manager, its output passed on as it comes. */
export async function installDependencies(
  request: InstallDependenciesRequest,
  send: (response: InstallDependenciesResponse) => void,
  processes: NodeProcesses,
  signal: AbortSignal,
): Promise<void> {
  const { programDirectory, options } = programOf(request);
  const directory = await packageRoot(programDirectory);
  if (directory === undefined) {
    throw new Error(
      `no package.json in ${programDirectory} or above it: create one that depends on @pulumi/pulumi`,
    );
  }
  const packageManager = choosePackageManager(options.packageManager, directory);
  const stdout = (chunk: Uint8Array): void => {
    const response = new InstallDependenciesResponse();
    response.setStdout(chunk);
    send(response);
  };
  const stderr = (chunk: Uint8Array): void => {
    const response = new InstallDependenciesResponse();
    response.setStderr(chunk);
    send(response);
  };

  stdout(Buffer.from(`Installing dependencies with ${packageManager} in ${directory}\n`));
  const command = {
    arguments: installArguments(packageManager, request.getIsPlugin()),
    workingDirectory: directory,
    environment: process.env,
  };
  const end = await processes.run(packageManager, command, { output: { stdout, stderr }, signal });
  if (end.code !== 0) {
    throw new Error(
      endDescription(end, `${packageManager} ${command.arguments.join(" ")} (in ${directory})`),
    );
  }
  stdout(Buffer.from("Dependencies are installed\n"));
}
