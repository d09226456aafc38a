import type { Engine } from "./engine/connect";
import type { AutonamingOptions } from "./autoname";
import { ProviderError } from "./errors";
import type { CheckResult } from "./schema/check";
import type { Change } from "./schema/diff";
import type { PropertyMap } from "./values";

export type LogSeverity = "debug" | "info" | "warning";
export type Log = (severity: LogSeverity, message: string) => void;

/** What an operation on the engine has at hand. */
export interface OperationContext {
  readonly engine: Engine;
  readonly log: Log;
  /** Aborted when the Pulumi engine cancels the deployment. */
  readonly signal: AbortSignal;
}

export interface CheckRequest {
  readonly name: string;
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
  readonly randomSeed: Uint8Array;
  readonly autonaming?: AutonamingOptions;
}

export interface DiffRequest {
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
}

export interface DiffResult {
  readonly changes: readonly Change[];
  readonly deleteBeforeReplace: boolean;
  /** The form of the official plugin's answer: bridged resources list the changed properties too. */
  readonly style: "bridged" | "native";
}

export interface ResourceState {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export interface UpdateRequest {
  readonly id: string;
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
}

/** All that the provider can do with one type of resource. */
export interface ResourceType {
  check(request: CheckRequest, log: Log): CheckResult | Promise<CheckResult>;
  diff(request: DiffRequest): DiffResult;
  previewCreate(inputs: PropertyMap, context: OperationContext): PropertyMap | Promise<PropertyMap>;
  create(inputs: PropertyMap, context: OperationContext): Promise<Omit<ResourceState, "inputs">>;
  /** Undefined: the resource is gone. */
  read(state: ResourceState, context: OperationContext): Promise<ResourceState | undefined>;
  previewUpdate(request: UpdateRequest, context: OperationContext): PropertyMap | Promise<PropertyMap>;
  update(request: UpdateRequest, context: OperationContext): Promise<PropertyMap>;
  delete(id: string, outputs: PropertyMap, context: OperationContext): Promise<void>;
}

/** Thrown by an operation that has made the resource but could not finish it. */
export class HalfCreatedError extends ProviderError {
  override readonly name = "HalfCreatedError";

  constructor(
    message: string,
    readonly id: string,
  ) {
    super(message);
  }
}
