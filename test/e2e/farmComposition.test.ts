import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { TestStack } from "../support/stack";

interface Outputs {
  localUrl: string;
  apiEndpoints: string[];
  topology: string;
  compose: string;
}

const docker = new Docker();

/** The app that answers a request, without the number of its replica. */
async function appAt(url: string, path: string, host?: string): Promise<string> {
  const { get } = await import("node:http");
  return new Promise((resolve, reject) => {
    get(
      new URL(path, url),
      { headers: { ...(host === undefined ? {} : { host }) }, agent: false },
      (answer) => {
        answer.resume();
        const replica = answer.headers["x-webfarm-replica"];
        resolve(typeof replica === "string" ? replica.replace(/-\d+$/, "") : String(answer.statusCode));
      },
    ).on("error", reject);
  });
}

describe("two apps with routes, and two farms on one engine", () => {
  const stacks: TestStack[] = [];
  let outputs: Outputs;

  const containersOf = (stack: TestStack | undefined) =>
    docker.listContainers({ all: true, filters: { label: [`webfarm.stack=routes/${stack?.name ?? ""}`] } });

  beforeAll(async () => {
    const images = await prepareImages({ docker, log: () => undefined });
    for (const name of [uniqueName("one"), uniqueName("two")]) {
      const stack = await TestStack.create(name, "examples/routes");
      stacks.push(stack);
      await stack.configure({ image: images.webapp, proxyImage: images.proxy, consoleImage: images.console });
      await stack.expect(0, "config", "set", "--secret", "apiKey", "hush-hush");
    }
  });

  afterAll(async () => {
    for (const stack of stacks) await stack.remove();
  });

  it("answers by the longest path and by host name", async () => {
    await stacks[0]?.up();
    outputs = (await stacks[0]?.outputs<Outputs>()) ?? ({} as Outputs);
    const { localUrl } = outputs;
    expect(await appAt(localUrl, "/")).toBe("webapp");
    expect(await appAt(localUrl, "/apis")).toBe("webapp");
    expect(await appAt(localUrl, "/api")).toBe("api");
    expect(await appAt(localUrl, "/api/orders")).toBe("api");
    expect(await appAt(localUrl, "/", "api.example.com")).toBe("api");
    expect(outputs.apiEndpoints).toHaveLength(1);
  }, 150_000);

  it("shares defaults, keeps secrets out of the compose file, and draws itself", async () => {
    const containers = await containersOf(stacks[0]);
    const app = containers.find(({ Labels }) => Labels["webfarm.replica"] === "api-1");
    expect(app?.Labels.team).toBe("web");
    const { HostConfig } = await docker.getContainer(app?.Id ?? "").inspect();
    expect(HostConfig.Memory).toBe(256 * 1024 * 1024);
    expect(outputs.compose).not.toContain("hush-hush");
    expect(outputs.compose).toContain("API_KEY: ${API_API_KEY:?is a secret of the farm}");
    expect(outputs.topology).toContain('proxy -->|"/api<br/>api.example.com/"| app_api');
    expect(outputs.topology).toContain("app_webapp -. waits for .-> app_api");
  });

  it("stands beside another farm of the same name, and each leaves nothing behind", async () => {
    await stacks[1]?.up();
    const second = (await stacks[1]?.outputs<Outputs>()) ?? ({} as Outputs);
    expect(await appAt(second.localUrl, "/api")).toBe("api");
    expect(await appAt(outputs.localUrl, "/api")).toBe("api");
    await stacks[1]?.expect(0, "destroy", "--yes", "--skip-preview");
    expect(await containersOf(stacks[1])).toEqual([]);
    expect(await appAt(outputs.localUrl, "/")).toBe("webapp");
    await stacks[0]?.expect(0, "preview", "--expect-no-changes");
    await stacks[0]?.expect(0, "destroy", "--yes", "--skip-preview");
    expect(await containersOf(stacks[0])).toEqual([]);
  }, 180_000);
});
