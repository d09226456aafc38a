import type { ProviderConfig } from "./engine/config";
import type { Engine } from "./engine/connect";
import { messageOf, oneError, InitializationError, ProviderError } from "./errors";
import { container } from "./container/container";
import { image } from "./image/image";
import { invoke } from "./invokes";
import { network } from "./network";
import { remoteImage } from "./remoteImage";
import type {
  CheckRequest,
  DiffRequest,
  DiffResult,
  LogSeverity,
  OperationContext,
  ResourceState,
  ResourceType,
  UpdateRequest,
} from "./resource";
import type { CheckResult } from "./schema/check";
import { secret, serviceConfig } from "./swarm/configAndSecret";
import { service } from "./swarm/service";
import { tag } from "./tag";
import type { PropertyMap } from "./values";
import { volume } from "./volume";

const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  "docker:index/container:Container": container,
  "docker:index/image:Image": image,
  "docker:index/network:Network": network,
  "docker:index/remoteImage:RemoteImage": remoteImage,
  "docker:index/secret:Secret": secret,
  "docker:index/service:Service": service,
  "docker:index/serviceConfig:ServiceConfig": serviceConfig,
  "docker:index/tag:Tag": tag,
  "docker:index/volume:Volume": volume,
};

export type LogTo = (urn: string, severity: LogSeverity, message: string) => void;

/** The provider without its wire protocol. */
export class Provider {
  private engine: Engine | undefined;
  private readonly cancellation = new AbortController();

  constructor(
    private readonly connect: (config: ProviderConfig) => Promise<Engine>,
    private readonly logTo: LogTo,
  ) {}

  async configure(config: ProviderConfig): Promise<void> {
    this.engine = await this.connect(config);
  }

  cancel(): void {
    this.cancellation.abort();
  }

  async check(urn: string, request: CheckRequest): Promise<CheckResult> {
    const type = RESOURCE_TYPES[typeOf(urn)];
    if (!type) return { inputs: request.news, failures: [{ property: "", reason: unsupported(urn) }] };
    return type.check(request, (severity, message) => {
      this.logTo(urn, severity, message);
    });
  }

  diff(urn: string, request: DiffRequest): DiffResult {
    return resourceType(urn).diff(request);
  }

  async create(urn: string, inputs: PropertyMap, preview: boolean): Promise<Omit<ResourceState, "inputs">> {
    const type = resourceType(urn);
    try {
      if (preview) return { id: "", outputs: await type.previewCreate(inputs, this.context(urn)) };
      return await type.create(inputs, this.context(urn));
    } catch (error) {
      if (!(error instanceof InitializationError))
        throw new ProviderError(oneError(messageOf(error)), { cause: error });
      const { reason, id, outputs } = error;
      throw new InitializationError(`creating ${urn}: ${oneError(reason)}`, reason, id, outputs);
    }
  }

  read(urn: string, state: ResourceState): Promise<ResourceState | undefined> {
    return described(`reading ${urn}`, resourceType(urn).read(state, this.context(urn)));
  }

  async update(urn: string, request: UpdateRequest, preview: boolean): Promise<PropertyMap> {
    const type = resourceType(urn);
    if (preview) return type.previewUpdate(request, this.context(urn));
    return described(`updating ${urn}`, type.update(request, this.context(urn)));
  }

  delete(urn: string, id: string, outputs: PropertyMap): Promise<void> {
    return described(`deleting ${urn}`, resourceType(urn).delete(id, outputs, this.context(urn)));
  }

  invoke(token: string, args: PropertyMap): Promise<PropertyMap> {
    return invoke(token, args, this.context(""));
  }

  private context(urn: string): OperationContext {
    if (!this.engine) throw new ProviderError("the provider was used before it was configured");
    const log = (severity: LogSeverity, message: string): void => {
      this.logTo(urn, severity, message);
    };
    return { engine: this.engine, log, signal: this.cancellation.signal };
  }
}

async function described<Result>(what: string, operation: Promise<Result>): Promise<Result> {
  try {
    return await operation;
  } catch (error) {
    throw new ProviderError(`${what}: ${oneError(messageOf(error))}`, { cause: error });
  }
}

function resourceType(urn: string): ResourceType {
  const type = RESOURCE_TYPES[typeOf(urn)];
  if (!type) throw new ProviderError(unsupported(urn));
  return type;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` -> TYPE */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function unsupported(urn: string): string {
  const supported = Object.keys(RESOURCE_TYPES).map((token) => token.replace(/^.*:/, "docker."));
  return (
    `this stand-in for the docker plugin does not support the resource type ${typeOf(urn)}, ` +
    `the official plugin does; supported here: ${supported.join(", ")}`
  );
}
