import Docker from "dockerode";
import { expect } from "vitest";
import { isObject, type PropertyMap, text, withoutSecrets } from "../../toolchain/docker-plugin/values";
import { makeImage, type Plugin, removeAll, startPlugin } from "./dockerPluginSupport";

export interface Deployed {
  readonly urn: string;
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export const NO_CHANGE = { changes: "DIFF_NONE", hasDetailedDiff: true };

/** The calls of the Pulumi engine for single resources, in the order that `pulumi up` makes them. */
export class Deployment {
  private constructor(
    readonly docker: Docker,
    /** All names of one test file carry it, so that it can take away what it made. */
    readonly prefix: string,
    readonly plugin: Plugin,
    readonly image: string,
  ) {}

  static async start(name: string): Promise<Deployment> {
    const docker = new Docker();
    const prefix = `${name}${process.pid}-`;
    const image = await makeImage(docker, `${prefix}bb`);
    return new Deployment(docker, prefix, await startPlugin(), image);
  }

  /** On another engine than the environment's, with an image that it has. */
  static async on(docker: Docker, host: string, image: string): Promise<Deployment> {
    return new Deployment(docker, "", await startPlugin(host), image);
  }

  async end(): Promise<void> {
    this.plugin.stop();
    await removeAll(this.docker, this.prefix);
  }

  check(type: string, name: string, news: PropertyMap): Promise<PropertyMap> {
    return this.plugin.client.call("Check", { urn: urnOf(type, name), name, olds: {}, news });
  }

  async create(type: string, name: string, news: PropertyMap): Promise<Deployed> {
    const urn = urnOf(type, name);
    const checked = await this.check(type, name, news);
    expect(checked.failures).toBeUndefined();
    const inputs = object(checked.inputs);
    const created = await this.plugin.client.call("Create", { urn, properties: inputs });
    return { urn, id: text(created.id), inputs, outputs: object(created.properties) };
  }

  diff({ urn, id, inputs, outputs }: Deployed): Promise<PropertyMap> {
    return this.plugin.client.call("Diff", { urn, id, olds: outputs, news: inputs, oldInputs: inputs });
  }

  read({ urn, id, inputs, outputs }: Deployed): Promise<PropertyMap> {
    return this.plugin.client.call("Read", { urn, id, inputs, properties: outputs });
  }

  /** Brings a resource to what the program says now. */
  async update(deployed: Deployed, news: PropertyMap): Promise<Deployed> {
    const { urn, id, outputs } = deployed;
    const name = urn.split("::").at(-1) ?? "";
    const checked = await this.plugin.client.call("Check", { urn, name, olds: deployed.inputs, news });
    expect(checked.failures).toBeUndefined();
    const inputs = object(checked.inputs);
    const request = { urn, id, olds: outputs, news: inputs, oldInputs: deployed.inputs };
    const updated = await this.plugin.client.call("Update", request);
    return { urn, id, inputs, outputs: object(updated.properties) };
  }

  async remove({ urn, id, outputs }: Deployed): Promise<void> {
    await this.plugin.client.call("Delete", { urn, id, properties: outputs });
  }

  /** The inputs of a container that runs. */
  container(name: string, inputs: PropertyMap = {}): PropertyMap {
    return { name: this.prefix + name, image: this.image, command: ["sleep", "1000"], ...inputs };
  }

  /** What a command in a container writes. */
  async run(id: string, command: string[]): Promise<string> {
    const settings = { Cmd: command, AttachStdout: true, AttachStderr: true };
    const exec = await this.docker.getContainer(id).exec(settings);
    const chunks: Buffer[] = [];
    for await (const chunk of await exec.start({})) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
}

export function urnOf(type: string, name: string): string {
  const module = type.charAt(0).toLowerCase() + type.slice(1);
  return `urn:pulumi:test::test::docker:index/${module}:${type}::${name}`;
}

export function object(value: PropertyMap[string] | undefined): PropertyMap {
  const plain = withoutSecrets(value ?? {});
  return isObject(plain) ? plain : {};
}
