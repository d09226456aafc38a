import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { promisify } from "node:util";
import type { ProviderConfig } from "./engine/config";
import type { Engine } from "./engine/connect";
import { EngineLog } from "./engineLog";
import { Provider } from "./provider";
import { providerService } from "./service";

/** The Pulumi engine lifts gRPC's limit of 4 MB to this as well. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export interface ServerOptions {
  readonly connect: (config: ProviderConfig) => Promise<Engine>;
  readonly version: string;
  /** Where the Pulumi engine listens for log messages. */
  readonly engineAddress?: string;
}

export interface RunningServer {
  readonly port: number;
  stop(): void;
  onEngineLost(callback: () => void): void;
}

export async function serveProvider(options: ServerOptions): Promise<RunningServer> {
  const engineLog = new EngineLog();
  if (options.engineAddress !== undefined) engineLog.connect(options.engineAddress);
  const provider = new Provider(options.connect, (urn, severity, message) => {
    engineLog.send(urn, severity, message);
  });
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, providerService(provider, engineLog, options.version));
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  return {
    port,
    onEngineLost: (callback) => {
      engineLog.onLost(callback);
    },
    stop: () => {
      provider.cancel();
      server.forceShutdown();
    },
  };
}
