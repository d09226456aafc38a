import {
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import type { CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
  CheckRequest,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  GetSchemaResponse,
  InvokeResponse,
  ReadResponse,
  UpdateResponse,
  type ConfigureRequest,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  type InvokeRequest,
  type ReadRequest,
  type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { AutonamingOptions } from "./autoname";
import { checkConfig, readConfig } from "./engine/config";
import type { EngineLog } from "./engineLog";
import type { Provider } from "./provider";
import { checkResponse, diffResponse, properties, serviceError, struct } from "./wire";

/**
 * The provider behind Pulumi's gRPC service, on the SDK's generated messages. The SDK's ready-made server
 * (`@pulumi/pulumi/provider`) will not do: it does not announce previews, hands over neither `preview` nor
 * `randomSeed`, and has no detailed differences, so that names would be unknown until `up` and every change
 * of a container would look the same.
 */
export function providerService(
  provider: Provider,
  engineLog: EngineLog,
  version: string,
): UntypedServiceImplementation {
  return {
    attach: unary((request: PluginAttach) => {
      engineLog.connect(request.getAddress());
      return new Empty();
    }),

    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),

    // Programs use @pulumi/docker, which carries the schema; nothing is generated from this plugin.
    getSchema: unary(() => {
      const response = new GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "docker", version }));
      return response;
    }),

    checkConfig: unary((request: CheckRequest) => {
      const news = properties(request.getNews());
      const response = checkResponse({ inputs: {}, failures: checkConfig(news) });
      response.setInputs(request.getNews());
      return response;
    }),

    // Another engine does not replace the resources: the program says so when it wants that.
    diffConfig: unary(() => new DiffResponse()),

    configure: unary(async (request: ConfigureRequest) => {
      await provider.configure(readConfig(properties(request.getArgs())));
      const response = new ConfigureResponse();
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),

    check: unary(async (request: CheckRequest): Promise<CheckResponse> => {
      const autonaming = autonamingOptions(request);
      const result = await provider.check(request.getUrn(), {
        name: request.getName() || nameOf(request.getUrn()),
        olds: properties(request.getOlds()),
        news: properties(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
        ...(autonaming && { autonaming }),
      });
      return checkResponse(result);
    }),

    diff: unary((request: DiffRequest) => {
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      return diffResponse(provider.diff(request.getUrn(), { olds, news }));
    }),

    create: unary(async (request: CreateRequest) => {
      const inputs = properties(request.getProperties());
      const created = await provider.create(request.getUrn(), inputs, request.getPreview());
      const response = new CreateResponse();
      response.setId(created.id);
      response.setProperties(struct(created.outputs));
      return response;
    }),

    read: unary(async (request: ReadRequest) => {
      const found = await provider.read(request.getUrn(), {
        id: request.getId(),
        inputs: properties(request.getInputs()),
        outputs: properties(request.getProperties()),
      });
      const response = new ReadResponse();
      if (found) {
        response.setId(found.id);
        response.setInputs(struct(found.inputs));
        response.setProperties(struct(found.outputs));
      }
      return response;
    }),

    update: unary(async (request: UpdateRequest) => {
      const id = request.getId();
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      const outputs = await provider.update(request.getUrn(), { id, olds, news }, request.getPreview());
      const response = new UpdateResponse();
      response.setProperties(struct(outputs));
      return response;
    }),

    delete: unary(async (request: DeleteRequest) => {
      await provider.delete(request.getUrn(), request.getId(), properties(request.getProperties()));
      return new Empty();
    }),

    invoke: unary(async (request: InvokeRequest) => {
      const response = new InvokeResponse();
      response.setReturn(struct(await provider.invoke(request.getTok(), properties(request.getArgs()))));
      return response;
    }),

    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
  };

  /** What was logged goes out before the answer: with it the engine may be done with this plugin. */
  function unary<Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    const respond = async (request: Request, callback: sendUnaryData<Response>): Promise<void> => {
      try {
        const response = await answer(request);
        await engineLog.flushed();
        callback(null, response);
      } catch (error) {
        await engineLog.flushed();
        callback(serviceError(error));
      }
    };
    return (call: ServerUnaryCall<Request, Response>, callback) => void respond(call.request, callback);
  }
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

function autonamingOptions(request: CheckRequest): AutonamingOptions | undefined {
  const options = request.getAutonaming();
  if (!options) return undefined;
  const { PROPOSE, ENFORCE } = CheckRequest.AutonamingOptions.Mode;
  const mode = options.getMode();
  return {
    mode: mode === PROPOSE ? "PROPOSE" : mode === ENFORCE ? "ENFORCE" : "DISABLE",
    proposedName: options.getProposedName(),
  };
}
