import { createServer, type AddressInfo } from "node:net";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { eventually, uniqueName } from "../support/engine";
import { eventsDuring, type ContainerEvent } from "../support/engineEvents";
import { TestStack, type CliResult } from "../support/stack";

interface Outputs {
  replicas: {
    name: string;
    containerName: string;
    containerId: string;
    address: string;
    ports: { container: number; host: number; protocol: string }[];
  }[];
  endpoints: string[];
  containerNames: string[];
  alias: string;
  network: string;
}

type Args = Record<string, unknown>;

const docker = new Docker();
let stack: TestStack;
let image: string;
/** The arguments in force; each test changes what it is about. */
let args: Args;

beforeAll(async () => {
  ({ webapp: image } = await prepareImages({ docker, log: () => undefined }));
  stack = await TestStack.create(uniqueName("e2e"), "test/e2e/programs/nat-service");
  args = {
    image,
    replicas: 3,
    ports: [{ container: 80 }],
    healthCheck: { path: "/healthz", intervalSeconds: 1 },
  };
});

afterAll(() => stack.remove());

async function given(change: Args): Promise<void> {
  args = { ...args, ...change };
  await stack.configure({ args: JSON.stringify(args) });
}

async function upWith(change: Args): Promise<Outputs> {
  await given(change);
  await stack.up();
  return stack.outputs<Outputs>();
}

/** Runs `up` with arguments that must fail; the ones before stay in force. */
async function refused(change: Args, ...command: string[]): Promise<CliResult> {
  await stack.configure({ args: JSON.stringify({ ...args, ...change }) });
  const result = await stack.run(...(command.length > 0 ? command : ["up", "--yes"]));
  expect(result.exitCode, result.output).not.toBe(0);
  expect(result.output).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
  return result;
}

const stackLabel = () => `nat-service/${stack.name}`;

async function containers(...labels: string[]) {
  const all = [`webfarm.stack=${stackLabel()}`, ...labels];
  return docker.listContainers({ all: true, filters: { label: all } });
}

const names = async () => (await containers()).map(({ Names }) => Names[0]?.slice(1) ?? "").sort();

async function answers({ endpoints }: Outputs): Promise<string[]> {
  const all = endpoints.map(async (endpoint) => {
    const { headers } = await fetch(`http://${endpoint}/`, { headers: { connection: "close" } });
    return `${headers.get("x-webfarm-replica") ?? ""}/${headers.get("x-webfarm-version") ?? ""}`;
  });
  return (await Promise.all(all)).sort();
}

const inspect = (name: string) => docker.getContainer(name).inspect();

/** The engine's own word, a check of its own later than the gate's. */
const becomesHealthy = (name: string) =>
  eventually(`${name} is healthy`, 20, async () =>
    (await inspect(name)).State.Health?.Status === "healthy" ? true : undefined,
  );

const position = (events: ContainerEvent[], action: string, containerName: string) =>
  events.findIndex((event) => event.action === action && event.containerName === containerName);

describe("what is refused before anything is created", () => {
  it("is told all at once, each with its place and the way out", async () => {
    const { output } = await refused({
      replicas: 1.5,
      ports: [{ container: 80, host: 8080 }, { container: 80 }],
      volumes: [{ hostPath: "data", containerPath: "/" }],
      environment: { "A B": "1" },
      alias: "not_a_label",
    });
    for (const path of [
      "replicas",
      "ports[0].host",
      "ports[1].container",
      "volumes[0].hostPath",
      "volumes[0].containerPath",
      'environment["A B"]',
      "alias",
    ]) {
      expect(output).toContain(`  - ${path}: `);
    }
    expect(output).toContain("7 faults; nothing was created");
    expect(await containers()).toEqual([]);
  });

  it("is told of what transform made, of a network that is not there, and of a port given twice", async () => {
    const transformed = await refused({ transformed: { name: "fixed", rm: true } });
    expect(transformed.output).toContain(
      'transform["web-1"].name: "fixed" cannot be held by two generations',
    );
    expect(transformed.output).toContain('transform["web-1"].rm: rm: true is not allowed');
    expect(transformed.output).toContain("2 faults");

    const network = await refused({ network: "no-such-network" }, "preview");
    expect(network.output).toContain('network: "no-such-network" is not to be had on the engine');
    expect(network.output).toContain("docker network create no-such-network");

    const fixed = { rollout: "stopFirst", ports: [{ container: 80, hostRange: { from: 20080, to: 20089 } }] };
    const port = await refused({ ...fixed, beside: fixed });
    expect(port.output).toContain('host port 20080/tcp is held by NatService "web" of this program');
    expect(await containers()).toEqual([]);
  });

  it("is told of an output once it is known, still before the container is created", async () => {
    const { output } = await refused({ imageOutput: "Not/An Image" });
    expect(output).toContain('image: "Not/An Image" is no image reference');
    expect(await containers()).toEqual([]);
  });
});

describe("a service from its creation to its end", () => {
  let outputs: Outputs;

  it("shows names and counts in the preview", async () => {
    await given({ secret: "hush-hush", labels: { team: "shop" }, environment: { WEBFARM_VERSION: "1" } });
    const { stdout } = await stack.expect(0, "preview", "--diff");
    expect(stdout).toMatch(/\+ 7 to create/);
    for (const replica of ["web-1", "web-2", "web-3"])
      expect(stdout).toContain(
        `[urn=urn:pulumi:${stack.name}::nat-service::webfarm:index:NatService$docker:index/container:Container::${replica}]`,
      );
  });

  it("creates three replicas that share a name, and says who and where they are", async () => {
    const { output } = await stack.up();
    expect(output).toMatch(/web: 3 of 3 healthy after/);
    outputs = await stack.outputs<Outputs>();
    expect(outputs.replicas.map(({ name }) => name)).toEqual(["web-1", "web-2", "web-3"]);
    expect(outputs.containerNames).toEqual(outputs.replicas.map(({ containerName }) => containerName));
    expect(await answers(outputs)).toEqual(["web-1/1", "web-2/1", "web-3/1"]);
    for (const { containerId, address, ports } of outputs.replicas) {
      const info = await inspect(containerId);
      expect(info.Config.Hostname).toBe(outputs.alias);
      expect(info.NetworkSettings.Networks[outputs.network]?.IPAddress).toBe(address);
      expect(await fetch(`http://localhost:${ports[0]?.host ?? 0}/`)).toMatchObject({ status: 200 });
    }
    const filters = ["webfarm.farm=web", "webfarm.service=web", "webfarm.generation=1", "team=shop"];
    expect(await containers(...filters, "webfarm.replica=web-2")).toHaveLength(1);
  });

  it("keeps a secret variable out of the state and of what is printed", async () => {
    const [first] = outputs.containerNames;
    expect((await inspect(first ?? "")).Config.Env).toContain("SECRET=hush-hush");
    const { stdout } = await stack.expect(0, "stack", "export");
    expect(stdout).not.toContain(JSON.stringify("SECRET=hush-hush"));
    expect((await stack.expect(0, "preview", "--diff")).output).not.toContain("hush-hush");
  });

  it("has nothing to do afterwards, nor when ports and volumes are given in another order", async () => {
    await stack.expect(0, "refresh", "--yes", "--expect-no-changes");
    await stack.expect(0, "preview", "--expect-no-changes");
    await given({ environment: { WEBFARM_VERSION: "1" }, labels: { team: "shop" } });
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  /** The gate makes checks of its own, so it may be ahead of the engine's word. */
  const checkPassed = "exec_die: 0";

  it("rolls start-first: every new replica is healthy before an old one goes", async () => {
    const before = outputs.containerNames;
    const events = await eventsDuring(docker, stackLabel(), async () => {
      outputs = await upWith({ environment: { WEBFARM_VERSION: "2" } });
    });
    expect(await answers(outputs)).toEqual(["web-1/2", "web-2/2", "web-3/2"]);
    const healthy = outputs.containerNames.map((name) => position(events, checkPassed, name));
    const gone = before.map((name) => position(events, "die", name));
    expect(Math.min(...healthy)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...gone)).toBeGreaterThan(Math.max(...healthy));
    expect(await names()).toEqual([...outputs.containerNames].sort());
  });

  it("keeps the old generation when the new one fails, twice, and says which replica and why", async () => {
    const serving = outputs.containerNames;
    const broken = { environment: { WEBFARM_VERSION: "3", WEBFARM_UNHEALTHY: "1", WEBFARM_LOG: "1" } };
    for (const attempt of [1, 2]) {
      const { output } = await refused(broken);
      expect(output, `attempt ${attempt}`).toMatch(/replicas? (is|are) not healthy after/);
      expect(output).toMatch(/- web-[123] \(web-[123]-\w+\): last check ended with/);
      expect(output).toMatch(/\| .*healthz/);
      expect(await names()).toEqual(expect.arrayContaining(serving));
      expect(await answers(outputs)).toEqual(["web-1/2", "web-2/2", "web-3/2"]);
    }
    expect((await names()).length).toBeGreaterThan(3);
  });

  it("goes back to the version before, and removes every failed container", async () => {
    const events = await eventsDuring(docker, stackLabel(), async () => {
      outputs = await upWith({});
    });
    expect(await answers(outputs)).toEqual(["web-1/2", "web-2/2", "web-3/2"]);
    expect(await names()).toEqual([...outputs.containerNames].sort());
    expect(events.filter(({ action }) => action === "destroy").length).toBeGreaterThanOrEqual(3);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("replaces a replica that was stopped by hand, and one that was removed", async () => {
    await docker.getContainer(outputs.containerNames[0] ?? "").stop({ t: 0 });
    await docker.getContainer(outputs.containerNames[1] ?? "").remove({ force: true });
    await stack.expect(0, "refresh", "--yes");
    const third = outputs.containerNames[2];
    outputs = await upWith({});
    expect(await answers(outputs)).toEqual(["web-1/2", "web-2/2", "web-3/2"]);
    expect(outputs.containerNames[2]).toBe(third);
    expect(await names()).toEqual([...outputs.containerNames].sort());
  });

  it("changes memory, restart and grace in the running containers", async () => {
    const before = outputs.containerNames;
    outputs = await upWith({ memoryMb: 64, restart: "always", stopGraceSeconds: 3 });
    expect(outputs.containerNames).toEqual(before);
    const { HostConfig } = await inspect(before[0] ?? "");
    expect(HostConfig).toMatchObject({ Memory: 64 * 2 ** 20, RestartPolicy: { Name: "always" } });
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("makes new containers for another health check, and asks a port instead of a path", async () => {
    const before = outputs.containerNames;
    outputs = await upWith({ healthCheck: { tcpPort: 80, intervalSeconds: 1 } });
    expect(outputs.containerNames.filter((name) => before.includes(name))).toEqual([]);
    const info = await inspect(outputs.containerNames[0] ?? "");
    expect(info.Config.Healthcheck?.Test?.[1]).toContain(":0050 0+:0000 0A");
    await becomesHealthy(outputs.containerNames[0] ?? "");
  });

  it("runs without a check where it is turned off", async () => {
    outputs = await upWith({ healthCheck: { enabled: false }, replicas: 1 });
    expect((await inspect(outputs.containerNames[0] ?? "")).State.Health).toBeUndefined();
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("scales to none and back", async () => {
    outputs = await upWith({ replicas: 0 });
    expect(outputs).toMatchObject({ replicas: [], endpoints: [], alias: "web" });
    expect(await names()).toEqual([]);
    outputs = await upWith({ replicas: 2, healthCheck: { path: "/healthz", intervalSeconds: 1 } });
    expect(await answers(outputs)).toEqual(["web-1/2", "web-2/2"]);
  });

  it("stops first where ports of the host are fixed: one replica after the other, each healthy before the next", async () => {
    const from = await freePorts(2);
    const ports = [{ container: 80, hostRange: { from, to: from + 1 } }];
    outputs = await upWith({ rollout: "stopFirst", ports });
    expect(outputs.replicas.map(({ ports: [port] }) => port?.host)).toEqual([from, from + 1]);
    const before = outputs.containerNames;
    const events = await eventsDuring(docker, stackLabel(), async () => {
      outputs = await upWith({ environment: { WEBFARM_VERSION: "4" } });
    });
    const order = [
      position(events, "die", before[0] ?? ""),
      position(events, checkPassed, outputs.containerNames[0] ?? ""),
      position(events, "die", before[1] ?? ""),
      position(events, checkPassed, outputs.containerNames[1] ?? ""),
    ];
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order[0]).toBeGreaterThanOrEqual(0);
    expect(await answers(outputs)).toEqual(["web-1/4", "web-2/4"]);

    const { output } = await refused({ environment: { WEBFARM_VERSION: "5", WEBFARM_UNHEALTHY: "1" } });
    expect(output).toMatch(/- web-1 \(web-1-\w+\): last check ended with/);
    await becomesHealthy(outputs.containerNames[1] ?? "");
    outputs = await upWith({});
    expect(await answers(outputs)).toEqual(["web-1/4", "web-2/4"]);
  });

  it("leaves nothing when it is destroyed", async () => {
    const { stdout } = await stack.expect(0, "destroy", "--yes", "--skip-preview");
    expect(stdout).toMatch(/deleted/);
    expect(await containers()).toEqual([]);
    const filters = { label: [`webfarm.stack=${stackLabel()}`] };
    expect(await docker.listNetworks({ filters })).toEqual([]);
  });
});

/** The first of some ports in a row that nothing listens on. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort(0);
    const others = Array.from({ length: count - 1 }, (_, index) => freePort(first + index + 1));
    if ((await Promise.allSettled(others)).every(({ status }) => status === "fulfilled")) return first;
  }
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(wanted, "0.0.0.0", listening);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
