import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, describe, it } from "vitest";
import { ScaleSetProject } from "../support/scaleSet";
import { SwarmCluster } from "../support/swarmCluster";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`skipped: no swarm of the test's own: ${whyNot}`);

const digest = `sha256:${"a".repeat(64)}`;

/** With a registry behind it the docker plugin pins a new service's image, which no update does. */
describe.skipIf(whyNot !== undefined)("a service whose image is in a registry", () => {
  let cluster: SwarmCluster;
  let directory: string;
  let front: Server;
  let web: ScaleSetProject;

  beforeAll(async () => {
    cluster = await SwarmCluster.create({ nodes: 1 });
    const { webapp: image, proxy } = cluster.images;
    directory = await mkdtemp(join(tmpdir(), "webfarm-front-"));
    const socketPath = join(directory, "docker.sock");
    front = registryFront(join(cluster.manager.engine.directory, "docker.sock"), image).listen(socketPath);
    await once(front, "listening");
    web = await ScaleSetProject.create(
      {
        // No task could be started of an image with this digest.
        service: {
          ...{ platform: "linux", orchestrator: "swarm", image, replicas: 0, ports: [{ container: 80 }] },
        },
        proxy: { image: proxy, publish: 8080 },
      },
      { engine: { docker: cluster.manager.docker, host: `unix://${socketPath}` } },
    );
    await web.up();
  });

  afterAll(async () => {
    front.closeAllConnections();
    front.close();
    await rm(directory, { recursive: true });
    await cluster.remove();
  });

  const service = async () => {
    const label = ["webfarm.service=web"];
    const found = await cluster.manager.docker.listServices({ filters: { label } });
    const [{ Spec, Version } = { Spec: undefined, Version: undefined }] = found as {
      Spec: { TaskTemplate: { ContainerSpec: { Image: string }; Placement: { Platforms?: object[] } } };
      Version: { Index: number };
    }[];
    return {
      image: Spec?.TaskTemplate.ContainerSpec.Image,
      platforms: Spec?.TaskTemplate.Placement.Platforms,
      Version,
    };
  };

  it("is pinned to what the registry has when it is made, and then there is nothing to do", async () => {
    const made = await service();
    expect(made).toMatchObject({
      image: `${cluster.images.webapp}@${digest}`,
      platforms: [{ Architecture: "amd64", OS: "linux" }],
    });
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.up();
    await web.expect("refresh", "--yes", "--expect-no-changes");
    expect(await service()).toEqual(made);
  });

  it("has the image that the program names after a change", async () => {
    await web.change({ service: { generation: "2" } });
    await web.up();
    expect((await service()).image).toBe(cluster.images.webapp);
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.remove();
  });
});

/** The engine as it is behind, but that it can ask a registry about one image. */
function registryFront(socketPath: string, image: string): Server {
  return createServer((asked, answer) => {
    if (decodeURIComponent(asked.url ?? "").endsWith(`/distribution/${image}/json`)) {
      const Descriptor = {
        mediaType: "application/vnd.docker.distribution.manifest.v2+json",
        digest,
        size: 1,
      };
      const Platforms = [{ architecture: "amd64", os: "linux" }];
      answer.setHeader("content-type", "application/json").end(JSON.stringify({ Descriptor, Platforms }));
      return;
    }
    const { method, url: path, headers } = asked;
    const behind = request({ socketPath, method, path, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    behind.on("error", () => answer.destroy());
    asked.pipe(behind);
  });
}
