import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import { parseRuntimeOptions, type RuntimeOptions } from "./runtimeOptions";

export interface Program {
  /** Where Pulumi.yaml (or PulumiPlugin.yaml) is. */
  readonly rootDirectory: string;
  /** Where the program's code is: the root, unless Pulumi.yaml says otherwise with `main`. */
  readonly programDirectory: string;
  readonly entryPoint: string;
  readonly options: RuntimeOptions;
}

/** Every request about a program carries this. */
export function programOf(request: { getInfo: () => ProgramInfo | undefined }): Program {
  const info = request.getInfo();
  if (!info) throw new Error("the request names no program; this host needs Pulumi CLI 3.100 or later");
  return {
    rootDirectory: info.getRootDirectory(),
    programDirectory: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint(),
    options: parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {}),
  };
}
