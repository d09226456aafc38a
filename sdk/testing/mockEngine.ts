import * as pulumi from "@pulumi/pulumi";
import { deployed, type Deployable, type Deployed } from "./deployed";
import { dockerAnswer, networkFound, type Answer, type Properties } from "./dockerAnswers";

/** How the mocks are set up. */
export interface MockEngineOptions {
  /** @default "project" */
  project?: string;
  /** @default "dev" */
  stack?: string;
  /** Configuration of the stack, such as `{ "webfarm:platform": "linux" }`. @default none */
  config?: Record<string, string>;
}

/** A resource as it was registered. */
export interface RegisteredResource {
  /** Pulumi's name of it, such as `shop-webapp-1`. */
  readonly name: string;
  /** Such as `docker:index/container:Container`. */
  readonly type: string;
  /** As the plugin gets them; a secret is an object with Pulumi's signature around its `value`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the plugin answered. */
  readonly state: Readonly<Record<string, unknown>>;
}

const networkType = "docker:index/network:Network";

/** Pulumi's mocks, answering like the docker plugin; see {@link mockEngine}. */
export class MockEngine implements pulumi.runtime.Mocks {
  private readonly registered: RegisteredResource[] = [];

  /** All resources so far, in the order in which they were registered. */
  get resources(): readonly RegisteredResource[] {
    return this.registered;
  }

  /**
   * Waits until a component has registered all of its parts and gives back what stands on the engine then,
   * as plain data.
   *
   * @example
   * ```ts
   * const shop = await engine.deployed(new WindowsWebFarm("shop", { ... }));
   * expect(shop.apps.webapp.replicas).toHaveLength(2);
   * ```
   */
  deployed(component: Deployable): Promise<Deployed> {
    return deployed(component, this.resources);
  }

  /** @internal For Pulumi: a resource is created. */
  newResource({ name, type, inputs }: pulumi.runtime.MockResourceArgs): Answer {
    const given = inputs as Properties;
    const answer = dockerAnswer(type, name, given, this.registered.length);
    this.registered.push({ name, type, inputs: given, state: answer.state });
    return answer;
  }

  /** @internal For Pulumi: something is looked up. */
  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    const given = inputs as Properties;
    if (token !== "docker:index/getNetwork:getNetwork") return { ...given };
    const made = this.registered.find(({ type, state }) => type === networkType && state.name === given.name);
    return made === undefined ? networkFound(String(given.name)) : { ...made.state };
  }
}

/**
 * Sets Pulumi's mocks for a unit test of a farm: no CLI, no plugin, no Docker engine. Call it before the farm
 * is made, once for a file or anew for each test; then host ports and names are free again. Names and ids are
 * drawn as the plugin draws them, but the same in every run. The waiting for health and the reload do not run.
 *
 * @example
 * ```ts
 * const engine = await mockEngine({ stack: "production" });
 * const shop = await engine.deployed(new WindowsWebFarm("shop", { ... }));
 * ```
 */
export async function mockEngine(options: MockEngineOptions = {}): Promise<MockEngine> {
  const { project = "project", stack = "dev", config = {} } = options;
  // What an earlier test left under way must not reach this engine.
  await pulumi.runtime.disconnect();
  const engine = new MockEngine();
  await pulumi.runtime.setMocks(engine, project, stack);
  pulumi.runtime.setAllConfig(config);
  return engine;
}
