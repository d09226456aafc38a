import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import {
  CheckFailure,
  CheckResponse,
  DiffResponse,
  ErrorResourceInitFailed,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InitializationError, messageOf } from "./errors";
import type { DiffResult } from "./resource";
import type { CheckResult } from "./schema/check";
import { type PropertyMap, isObject, withoutSecrets } from "./values";

/** A request's properties, without secret marks: the engine puts them back onto what it gets. */
export function properties(struct: Struct | undefined): PropertyMap {
  const plain = withoutSecrets(struct?.toJavaScript() ?? {});
  return isObject(plain) ? plain : {};
}

export function struct(values: PropertyMap): Struct {
  return Struct.fromJavaScript(values);
}

export function checkResponse({ inputs, failures }: CheckResult): CheckResponse {
  const response = new CheckResponse();
  response.setInputs(struct(inputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

export function diffResponse({ changes, deleteBeforeReplace, style }: DiffResult): DiffResponse {
  const response = new DiffResponse();
  const isSome = changes.length > 0;
  response.setChanges(isSome ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  response.setHasdetaileddiff(isSome || style === "bridged");
  for (const { path, kind, replaces } of changes) {
    const difference = new PropertyDiff();
    difference.setKind(PropertyDiff.Kind[replaces ? (`${kind}_REPLACE` as const) : kind]);
    response.getDetaileddiffMap().set(path, difference);
  }
  const replacing = changes.filter(({ replaces }) => replaces);
  if (style === "bridged") {
    response.setDiffsList(propertyNames(changes));
    response.setReplacesList(propertyNames(replacing));
    response.setDeletebeforereplace(replacing.length > 0 && deleteBeforeReplace);
  }
  return response;
}

/** `ports[0].internal` -> `ports`, each once, sorted. */
function propertyNames(changes: readonly { readonly path: string }[]): string[] {
  return [...new Set(changes.map(({ path }) => path.replace(/[.[].*$/s, "")))].sort();
}

/** The gRPC form of a failure; what was created in spite of it travels along, so that it is not lost. */
export function serviceError(error: unknown): Partial<ServiceError> {
  const details = messageOf(error);
  if (!(error instanceof InitializationError)) return { code: status.UNKNOWN, details };

  const initFailed = new ErrorResourceInitFailed();
  initFailed.setId(error.id);
  initFailed.setProperties(struct(error.outputs));
  initFailed.setReasonsList([error.reason]);
  const any = new Any();
  any.pack(initFailed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new Status();
  rpcStatus.setCode(status.UNKNOWN);
  rpcStatus.setMessage(details);
  rpcStatus.addDetails(any);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
}
