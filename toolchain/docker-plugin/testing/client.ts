import { type Client, credentials, type Metadata, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type PropertyMap, flag, isUnset, objects, text } from "../values";

/** Takes the engine's part: sends requests in gRPC's JSON form, and gives the answers in the same form. */
export class RecordingClient {
  private readonly client: ResourceProviderClient;

  constructor(port: number) {
    this.client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  close(): void {
    (this.client as Client).close();
  }

  async call(method: string, request: PropertyMap): Promise<PropertyMap> {
    const call = CALLS[method];
    if (!call) throw new Error(`the test client does not know ${method}`);
    return call(this.client, request);
  }
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

function answer<Response>(start: (callback: Callback<Response>) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

/** What a failed create tells about the resource that it left. */
export function initializationDetails(error: unknown): { id: string; properties: PropertyMap } | undefined {
  const metadata = (error as { metadata?: Metadata }).metadata;
  const [binary] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(binary instanceof Buffer)) return undefined;
  const [any] = Status.deserializeBinary(binary).getDetailsList();
  if (!any) return undefined;
  const details = provider.ErrorResourceInitFailed.deserializeBinary(any.getValue_asU8());
  return { id: details.getId(), properties: plain(details.getProperties()) };
}

const CALLS: Readonly<
  Record<string, (client: ResourceProviderClient, request: PropertyMap) => Promise<PropertyMap>>
> = {
  async CheckConfig(client, json) {
    return checkResult(await answer((done) => client.checkConfig(checkRequest(json), done)));
  },

  async Check(client, json) {
    return checkResult(await answer((done) => client.check(checkRequest(json), done)));
  },

  async DiffConfig(client, json) {
    return diffResult(await answer((done) => client.diffConfig(diffRequest(json), done)));
  },

  async Diff(client, json) {
    return diffResult(await answer((done) => client.diff(diffRequest(json), done)));
  },

  async Configure(client, json) {
    const request = new provider.ConfigureRequest();
    request.setArgs(struct(json.args));
    const response = await answer<provider.ConfigureResponse>((done) => client.configure(request, done));
    return withoutUnset(response.toObject());
  },

  async Create(client, json) {
    const request = new provider.CreateRequest();
    request.setUrn(text(json.urn));
    request.setProperties(struct(json.properties));
    request.setPreview(flag(json.preview));
    const response = await answer<provider.CreateResponse>((done) => client.create(request, done));
    return withoutUnset({ id: response.getId(), properties: plain(response.getProperties()) });
  },

  async Read(client, json) {
    const request = new provider.ReadRequest();
    request.setUrn(text(json.urn));
    request.setId(text(json.id));
    request.setInputs(struct(json.inputs));
    request.setProperties(struct(json.properties));
    const response = await answer<provider.ReadResponse>((done) => client.read(request, done));
    const inputs = plain(response.getInputs());
    return withoutUnset({ id: response.getId(), inputs, properties: plain(response.getProperties()) });
  },

  async Update(client, json) {
    const request = new provider.UpdateRequest();
    request.setUrn(text(json.urn));
    request.setId(text(json.id));
    request.setOlds(struct(json.olds));
    request.setNews(struct(json.news));
    request.setOldInputs(struct(json.oldInputs));
    request.setPreview(flag(json.preview));
    const response = await answer<provider.UpdateResponse>((done) => client.update(request, done));
    return withoutUnset({ properties: plain(response.getProperties()) });
  },

  async Delete(client, json) {
    const request = new provider.DeleteRequest();
    request.setUrn(text(json.urn));
    request.setId(text(json.id));
    request.setProperties(struct(json.properties));
    await answer((done) => client.delete(request, done));
    return {};
  },

  async Cancel(client) {
    await answer((done) => client.cancel(new Empty(), done));
    return {};
  },

  async Invoke(client, json) {
    const request = new provider.InvokeRequest();
    request.setTok(text(json.tok));
    request.setArgs(struct(json.args));
    const response = await answer<provider.InvokeResponse>((done) => client.invoke(request, done));
    return withoutUnset({ return: plain(response.getReturn()) });
  },
};

function checkRequest(json: PropertyMap): provider.CheckRequest {
  const request = new provider.CheckRequest();
  request.setUrn(text(json.urn));
  request.setName(text(json.name));
  request.setType(text(json.type));
  request.setOlds(struct(json.olds));
  request.setNews(struct(json.news));
  request.setRandomseed(text(json.randomSeed));
  return request;
}

function checkResult(response: provider.CheckResponse): PropertyMap {
  const failures = response.getFailuresList().map((failure) => failure.toObject() as unknown as PropertyMap);
  return withoutUnset({ inputs: plain(response.getInputs()), failures });
}

function diffRequest(json: PropertyMap): provider.DiffRequest {
  const request = new provider.DiffRequest();
  request.setUrn(text(json.urn));
  request.setId(text(json.id));
  request.setOlds(struct(json.olds));
  request.setNews(struct(json.news));
  request.setOldInputs(struct(json.oldInputs));
  return request;
}

function diffResult(response: provider.DiffResponse): PropertyMap {
  const changes = ["DIFF_UNKNOWN", "DIFF_NONE", "DIFF_SOME"][response.getChanges()] ?? "";
  // ADD is the default value, which gRPC's JSON form leaves out.
  const kinds = ["", "ADD_REPLACE", "DELETE", "DELETE_REPLACE", "UPDATE", "UPDATE_REPLACE"];
  const detailedDiff: PropertyMap = {};
  response.getDetaileddiffMap().forEach((difference, path) => {
    detailedDiff[path] = withoutUnset({ kind: kinds[difference.getKind()] ?? "" });
  });
  return withoutUnset({
    ...(changes !== "DIFF_UNKNOWN" && { changes }),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    detailedDiff,
    diffs: response.getDiffsList(),
    hasDetailedDiff: response.getHasdetaileddiff(),
    replaces: response.getReplacesList(),
  });
}

function struct(values: PropertyMap[string] | undefined): Struct {
  return Struct.fromJavaScript(objects([values ?? {}])[0] ?? {});
}

function plain(values: Struct | undefined): PropertyMap {
  return values ? values.toJavaScript() : {};
}

/** gRPC's JSON form leaves out what has its default value. */
function withoutUnset(message: object): PropertyMap {
  const entries = Object.entries(message as PropertyMap).filter(([, value]) => !isUnset(value));
  return Object.fromEntries(entries.map(([name, value]) => [JSON_NAMES[name] ?? name, value]));
}

/** The generated code spells this field otherwise than gRPC's JSON form. */
const JSON_NAMES: Readonly<Record<string, string>> = { supportspreview: "supportsPreview" };
