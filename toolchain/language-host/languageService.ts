import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import type * as requests from "@pulumi/pulumi/proto/language_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { about } from "./about";
import { serverStreaming, unary, unsupported } from "./handlers";
import { installDependencies } from "./installDependencies";
import type { NodeProcesses } from "./nodeProcess";
import { programOf } from "./programInfo";
import * as packages from "./programPackages";
import { runPlugin } from "./runPlugin";
import { runProgram } from "./runProgram";

export interface LanguageServiceOptions {
  readonly version: string;
  readonly engineAddress: string | undefined;
  readonly tracing: string | undefined;
  readonly processes: NodeProcesses;
  /** Watches an engine that makes itself known only later, by a handshake. */
  readonly watch: (engineAddress: string) => void;
}

/** The calls of pulumirpc.LanguageRuntime, one line each. */
export function languageService(host: LanguageServiceOptions): ILanguageRuntimeServer {
  const { processes, tracing } = host;
  let { engineAddress } = host;
  const engine = (): { address: string; tracing: string | undefined } => {
    if (!engineAddress)
      throw new Error("no engine: none is named on the command line and none called Handshake");
    return { address: engineAddress, tracing };
  };

  return {
    handshake: unary((request: requests.LanguageHandshakeRequest) => {
      if (engineAddress !== request.getEngineAddress()) host.watch(request.getEngineAddress());
      engineAddress = request.getEngineAddress();
      return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(host.version);
      return info;
    }),
    about: unary((request: requests.AboutRequest) => about(programOf(request))),

    getRequiredPackages: unary(async (request: requests.GetRequiredPackagesRequest) =>
      packages.packagesResponse(await packages.requiredPackages(programOf(request).programDirectory)),
    ),
    getRequiredPlugins: unary(async (request: requests.GetRequiredPluginsRequest) =>
      packages.pluginsResponse(await packages.requiredPackages(programOf(request).programDirectory)),
    ),
    getProgramDependencies: unary(async (request: requests.GetProgramDependenciesRequest) =>
      packages.dependenciesResponse(
        await packages.programDependencies(
          programOf(request).programDirectory,
          request.getTransitivedependencies(),
        ),
      ),
    ),
    installDependencies: serverStreaming((request: requests.InstallDependenciesRequest, send, cancelled) =>
      installDependencies(request, send, processes, cancelled),
    ),

    run: unary((request: requests.RunRequest, cancelled) =>
      runProgram(request, engine(), processes, cancelled),
    ),
    runPlugin: serverStreaming((request: requests.RunPluginRequest, send, cancelled) =>
      runPlugin(request, send, processes, cancelled),
    ),
    cancel: unary(() => {
      // Answered at once: the engine does not wait for the program to end here, but in `run`.
      void processes.stopAll();
      return new Empty();
    }),

    // Nothing to ask and nothing to prepare for a Node.js project that already exists.
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    template: unary(() => new language.TemplateResponse()),

    generatePackage: unsupported("Generating an SDK for a package (pulumi package add, gen-sdk)"),
    generateProgram: unsupported("Generating a program (pulumi convert, import)"),
    generateProject: unsupported("Generating a project (pulumi convert)"),
    link: unsupported("Linking a package into a project (pulumi package add)"),
    pack: unsupported("Packing an SDK (pulumi package pack-sdk)"),
  };
}
