import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecordings, type Recording } from "../../toolchain/docker-plugin/testing/recordings";
import { isObject, type PropertyMap, text } from "../../toolchain/docker-plugin/values";
import { webappReference } from "../../toolchain/images/imageNames";
import { eventually } from "../support/engine";
import { SwarmCluster } from "../support/swarmCluster";
import { Deployment, type Deployed, NO_CHANGE, object, urnOf } from "./dockerPluginDeployment";

/** Services, configs, secrets and overlay networks on a swarm of one node. */
const whyNot = SwarmCluster.whyNot();
const image = webappReference("1");
let cluster: SwarmCluster;
let docker: Docker;
let deployment: Deployment;

beforeAll(async () => {
  if (whyNot !== undefined) return;
  cluster = await SwarmCluster.create({ nodes: 1, images: [image, webappReference("2")] });
  ({ docker } = cluster.manager);
  await docker.getImage(image).tag({ repo: "web", tag: "1" });
  deployment = await Deployment.on(docker, cluster.manager.host, image);
});

afterAll(async () => {
  if (whyNot !== undefined) return;
  deployment.plugin.stop();
  await cluster.remove();
});

const part = (value: PropertyMap[string] | undefined): PropertyMap => (isObject(value) ? value : {});

describe.skipIf(whyNot !== undefined)(`services${whyNot === undefined ? "" : `: ${whyNot}`}`, () => {
  describe("does what the official plugin did", () => {
    const ids = new Map<string, string>();
    const rows = readRecordings()
      .map((recording, index) => ({ ...recording, row: index + 1 }))
      .filter((recording) => recording.case.startsWith("swarm"));

    it.each(rows)(
      "row $row: $case $method $request.name",
      async ({ method, request, response }: Recording) => {
        const live = JSON.parse(exchanged(JSON.stringify(request), ids)) as PropertyMap;
        const configured = method === "Configure" ? { args: { host: cluster.manager.host } } : live;
        const answer = await deployment.plugin.client.call(method, configured);
        if (method === "Create") ids.set(text(response?.id), text(answer.id));
        const back = new Map([...ids].map(([recorded, id]) => [id, recorded]));
        expect(comparable(exchanged(JSON.stringify(answer), back))).toEqual(
          comparable(JSON.stringify(response)),
        );
      },
    );

    afterAll(async () => {
      const [config, network, service] = [...ids.values()];
      await docker.getService(service ?? "").remove();
      await eventually("the recorded network and config can go", 20, async () => {
        await docker.getConfig(config ?? "").remove();
        await docker.getNetwork(network ?? "").remove();
        return true;
      });
    });
  });

  it("gives a network its name, and shows no difference", async () => {
    const network = await deployment.create("Network", "net", { driver: "overlay", attachable: true });
    expect(network.outputs).toMatchObject({ scope: "swarm", driver: "overlay", attachable: true });
    expect(text(network.outputs.name)).toMatch(/^net-[0-9a-f]{7}$/);
    expect(await deployment.diff(network)).toEqual(NO_CHANGE);
    await deployment.remove(network);
    expect((await deployment.read(network)).id).toBeUndefined();
  });

  it("hands configs and secrets to a service's containers, and keeps them while they are in use", async () => {
    const data = (content: string): string => Buffer.from(content).toString("base64");
    const labels = [{ label: "webfarm.farm", value: "shop" }];
    const config = await deployment.create("ServiceConfig", "conf", { data: data("one"), labels });
    const raw = await deployment.create("ServiceConfig", "raw", { dataRaw: "two" });
    const secret = await deployment.create("Secret", "key", { data: data("three"), labels });
    for (const made of [config, raw, secret]) {
      expect(text(made.outputs.name)).toMatch(/^(conf|raw|key)-[0-9a-f]{7}$/);
      expect(await deployment.diff(made)).toEqual(NO_CHANGE);
      expect(await deployment.read(made)).toMatchObject({ id: made.id, properties: made.outputs });
    }
    const service = await deployment.create("Service", "reader", {
      taskSpec: {
        containerSpec: {
          image,
          configs: [
            { configId: config.id, configName: config.outputs.name ?? "", fileName: "/one" },
            { configId: raw.id, configName: raw.outputs.name ?? "", fileName: "/two" },
          ],
          secrets: [
            { secretId: secret.id, secretName: secret.outputs.name ?? "", fileName: "/three", fileMode: 256 },
          ],
          stopGracePeriod: "5s",
        },
        restartPolicy: { condition: "any", delay: "0s", window: "0s" },
      },
      convergeConfig: { delay: "200ms", timeout: "60s" },
    });
    const container = await containerOf(service.id);
    expect(
      await deployment.run(container, ["sh", "-c", "echo $(cat /one)$(cat /two)$(cat /three)"]),
    ).toContain("onetwothree");
    expect(await deployment.run(container, ["ls", "-l", "/three"])).toContain("-r--------");
    expect(await deployment.diff(service)).toEqual(NO_CHANGE);
    await expect(deployment.remove(config)).rejects.toThrow(/is in use by the following service/);
    await deployment.remove(service);
    // The official plugin waits for the service's containers, so that what they use can go next.
    for (const made of [config, raw, secret]) await deployment.remove(made);
    expect((await deployment.read(secret)).id).toBeUndefined();
  });

  it("changes in place and sees in a refresh what was changed by hand or removed", async () => {
    const service = await deployment.create("Service", "web", web(image, "1"));
    expect(await deployment.diff(service)).toEqual(NO_CHANGE);
    expect(await deployment.read(service)).toMatchObject({ properties: service.outputs });
    const before = await tasks(service.id);

    const scaled = await deployment.update(service, {
      ...web(image, "1"),
      mode: { replicated: { replicas: 3 } },
    });
    expect(await tasks(service.id)).toEqual(expect.arrayContaining(before));
    expect(await deployment.diff(scaled)).toEqual(NO_CHANGE);

    const rolled = await deployment.update(scaled, web(webappReference("2"), "2"));
    expect(await imagesOf(service.id)).toEqual(new Set([webappReference("2")]));
    expect(await deployment.diff(rolled)).toEqual(NO_CHANGE);

    const info = (await docker.getService(service.id).inspect()) as PropertyMap;
    const spec = { ...part(info.Spec), Mode: { Replicated: { Replicas: 1 } } };
    await docker.getService(service.id).update({
      _query: { version: part(info.Version).Index },
      _body: spec,
    });
    const found = await deployment.read(rolled);
    expect(part(part(found.inputs).mode)).toMatchObject({ replicated: { replicas: 1 } });
    const drifted: Deployed = { ...rolled, outputs: object(found.properties) };
    expect(await deployment.diff(drifted)).toMatchObject({
      detailedDiff: { "mode.replicated.replicas": { kind: "UPDATE" } },
    });
    await deployment.remove(rolled);
    expect((await deployment.read(rolled)).id).toBeUndefined();
    // Gone before the program takes it away: nothing to do.
    await deployment.remove(rolled);
  });

  it("says that a roll went back, and that one did not come to an end", async () => {
    const service = await deployment.create("Service", "rolled", web(image, "1"));
    const bad = deployment.update(service, web(image, "bad", ["CMD", "false"]));
    await expect(bad).rejects.toThrow(/service rollback completed: rollback completed/);
    const nowhere = web(image, "3");
    const placement = { constraints: ["node.labels.nowhere == 1"] };
    const stuck = {
      ...nowhere,
      taskSpec: { ...part(nowhere.taskSpec), placement },
      convergeConfig: { delay: "200ms", timeout: "3s" },
    };
    await expect(deployment.update(service, stuck)).rejects.toThrow(
      `Service with ID (${service.id}) did not converge after 3s`,
    );
    await deployment.remove(service);
  });

  it("takes a new service away again that does not come up in time", async () => {
    const news = { ...web(image, "sick", ["CMD", "false"]), name: "sick" };
    const creation = deployment.create("Service", "sick", {
      ...news,
      convergeConfig: { delay: "200ms", timeout: "3s" },
    });
    await expect(creation).rejects.toThrow(/Service with ID \(\w+\) did not converge after 3s/);
    const left = (await docker.listServices({ filters: { name: ["sick"] } })) as unknown[];
    expect(left).toEqual([]);
  });

  it("runs one task on each node, with ports of the node's or of all", async () => {
    const service = await deployment.create("Service", "everywhere", {
      mode: { global: true },
      taskSpec: {
        containerSpec: { image, env: { VERSION: "1" }, stopGracePeriod: "5s" },
        resources: { limits: { memoryBytes: 64 * 1024 * 1024 } },
        placement: { constraints: ["node.platform.os == linux"] },
        restartPolicy: { condition: "any", delay: "0s", window: "0s" },
      },
      endpointSpec: { mode: "dnsrr", ports: [{ targetPort: 80, publishedPort: 8099, publishMode: "host" }] },
    });
    expect(service.outputs).toMatchObject({ mode: { global: true, replicated: null } });
    expect(await deployment.diff(service)).toEqual(NO_CHANGE);
    await eventually("the port of the node answers", 30, async () => {
      const response = await fetch(cluster.manager.url(8099));
      return response.ok ? true : undefined;
    });
    await deployment.remove(service);

    const ingress = await deployment.create("Service", "ingress", {
      ...web(image, "1"),
      endpointSpec: { mode: "vip", ports: [{ targetPort: 80 }] },
    });
    const [port] = part(ingress.outputs.endpointSpec).ports as PropertyMap[];
    expect(port).toMatchObject({ targetPort: 80, publishMode: "ingress", protocol: "tcp" });
    expect(port?.publishedPort).toBeGreaterThanOrEqual(30_000);
    expect(await deployment.diff(ingress)).toEqual(NO_CHANGE);
    await deployment.remove(ingress);
  });

  it("passes the engine's refusals on", async () => {
    const service = await deployment.create("Service", "twice", { ...web(image, "1"), name: "twice" });
    await expect(
      deployment.create("Service", "twice", { ...web(image, "1"), name: "twice" }),
    ).rejects.toThrow(/name conflicts with an existing object/);
    const { taskSpec = {} } = web(image, "1");
    const global = { taskSpec, name: "twice", mode: { global: true } };
    await expect(deployment.update(service, global)).rejects.toThrow(/service mode change is not allowed/);
    await deployment.remove(service);
  });

  it("can be imported", async () => {
    const service = await deployment.create("Service", "imported", web(image, "1"));
    const urn = urnOf("Service", "imported");
    const imported = await deployment.plugin.client.call("Read", { urn, id: service.id });
    expect(imported.id).toBe(service.id);
    const [inputs, outputs] = [object(imported.inputs), object(imported.properties)];
    expect(await deployment.diff({ urn, id: service.id, inputs, outputs })).toEqual(NO_CHANGE);
    await deployment.remove(service);
  });
});

/** A service of two tasks, and how long is waited for it. */
function web(reference: string, version: string, tests = ["CMD", "true"]): PropertyMap {
  return {
    mode: { replicated: { replicas: 2 } },
    taskSpec: {
      containerSpec: {
        image: reference,
        env: { VERSION: version },
        healthcheck: { tests, interval: "200ms", timeout: "2s", retries: 2 },
        stopGracePeriod: "2s",
      },
      restartPolicy: { condition: "any", delay: "0s", window: "0s" },
    },
    updateConfig: { parallelism: 2, order: "start-first", failureAction: "rollback", monitor: "1s" },
    rollbackConfig: { parallelism: 2, order: "start-first", monitor: "1s" },
    convergeConfig: { delay: "200ms", timeout: "60s" },
  };
}

async function tasks(service: string): Promise<string[]> {
  const filters = JSON.stringify({ service: [service], "desired-state": ["running"] });
  const found = (await docker.listTasks({ filters })) as { ID: string }[];
  return found.map(({ ID }) => ID);
}

async function imagesOf(service: string): Promise<Set<string>> {
  const filters = JSON.stringify({ service: [service], "desired-state": ["running"] });
  const found = (await docker.listTasks({ filters })) as { Spec: { ContainerSpec: { Image: string } } }[];
  return new Set(found.map(({ Spec }) => Spec.ContainerSpec.Image));
}

async function containerOf(service: string): Promise<string> {
  const filters = JSON.stringify({ service: [service], "desired-state": ["running"] });
  const found = (await docker.listTasks({ filters })) as {
    Status: { ContainerStatus?: { ContainerID: string } };
  }[];
  return found[0]?.Status.ContainerStatus?.ContainerID ?? "";
}

function exchanged(json: string, ids: ReadonlyMap<string, string>): string {
  let result = json;
  for (const [one, other] of ids) result = result.replaceAll(one, other);
  return result;
}

/** Without what differs from swarm to swarm. */
function comparable(json: string | undefined): unknown {
  const neutral = (json ?? "{}")
    .replaceAll(/\b10\.\d+\.\d+\.\d+(\/\d+)?/g, "ADDRESS")
    .replaceAll(/"vxlanid_list":"\d+"/g, '"vxlanid_list":"SOME"')
    .replaceAll(/vxlanid_list":"\d+"/g, 'vxlanid_list":"SOME"');
  return JSON.parse(neutral);
}
