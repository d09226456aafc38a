import { mkdir, readFile, readdir, symlink } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { TestProject } from "../support/project";
import { nodeModules, projectRoot } from "../support/projectRoot";
import { TestStack } from "../support/stack";

const images = () => prepareImages({ docker: new Docker(), log: () => undefined });

describe("examples/scale-set", () => {
  let stack: TestStack;

  beforeAll(async () => {
    const { webapp, proxy } = await images();
    stack = await TestStack.create(uniqueName("e2e"), "examples/scale-set");
    await stack.configure({ image: webapp, proxyImage: proxy });
  });

  afterAll(() => stack.remove());

  it("serves from every upstream, has nothing to do afterwards, and scales in", async () => {
    await stack.up();
    const { localUrl, upstreams } = await stack.outputs<{ localUrl: string; upstreams: string[] }>();
    expect(upstreams).toEqual([
      expect.stringMatching(/^web-1-\w+:80$/) as string,
      expect.stringMatching(/^web-2-\w+:80$/) as string,
    ]);
    const answers = new Set<string | null>();
    for (let request = 0; request < 20; request++) {
      answers.add((await fetch(localUrl)).headers.get("x-webfarm-replica"));
    }
    expect([...answers].sort()).toEqual(["web-1", "web-2"]);
    await stack.expect(0, "preview", "--expect-no-changes");

    await stack.configure({ replicas: 1 });
    await stack.up();
    expect((await stack.outputs<{ upstreams: string[] }>()).upstreams).toHaveLength(1);
  });

  it("says which setting is missing", async () => {
    await stack.expect(0, "config", "rm", "image");
    const result = await stack.run("preview");
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain("is missing configuration value 'image'");
  });
});

describe("examples/service", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.create(uniqueName("e2e"), "examples/service");
    await stack.configure({ image: (await images()).webapp });
  });

  afterAll(() => stack.remove());

  it("answers at every host port and at every address", async () => {
    await stack.up();
    const outputs = await stack.outputs<{ endpoints: string[]; hostPorts: number[] }>();
    expect(outputs.endpoints).toHaveLength(2);
    const places = [...outputs.endpoints, ...outputs.hostPorts.map((port) => `localhost:${port}`)];
    const answers = await Promise.all(places.map((place) => fetch(`http://${place}`)));
    const replicas = answers.map(({ headers }) => headers.get("x-webfarm-replica"));
    expect(replicas).toEqual(["worker-1", "worker-2", "worker-1", "worker-2"]);
  });
});

describe("examples/tls", () => {
  const serverName = "first.webfarm.example";
  let stack: TestStack;
  let certificate: string;

  beforeAll(async () => {
    const read = (file: string) => readFile(join(projectRoot, "test/fixtures/tls", file), "utf8");
    const { webapp, proxy } = await images();
    certificate = await read("first.crt");
    stack = await TestStack.create(uniqueName("e2e"), "examples/tls");
    await stack.configure({ image: webapp, proxyImage: proxy, serverName, certificate });
    await stack.expect(0, "config", "set", "--secret", "key", "--", await read("first.key"));
  });

  afterAll(() => stack.remove());

  /** Which app answers; the certificate is checked against the server's name. */
  function appAt(url: string, path: string): Promise<string> {
    const options = {
      ca: certificate,
      servername: serverName,
      headers: { host: serverName },
      timeout: 10_000,
    };
    return new Promise((done, fail) => {
      request(new URL(path, url), options, (answer) => {
        answer.resume();
        done(String(answer.headers["x-webfarm-replica"]).replace(/-\d+$/, ""));
      })
        .on("error", fail)
        .end();
    });
  }

  it("answers by HTTPS with its certificate, each app at its path, and keeps the key secret", async () => {
    await stack.up();
    const { url, localUrl } = await stack.outputs<{ url: string; localUrl: string }>();
    expect(url).toMatch(/^https:\/\/first\.webfarm\.example:\d+$/);
    expect(await appAt(localUrl, "/")).toBe("webapp");
    expect(await appAt(localUrl, "/api/orders")).toBe("api");
    expect((await stack.expect(0, "stack", "export")).stdout).not.toContain("PRIVATE KEY");
  });
});

describe("templates/farm", () => {
  it("is a project for pulumi new that compiles and that pulumi can preview", async () => {
    const { webapp } = await images();
    const project = await TestProject.create(
      { "Pulumi.yaml": "name: my-farm\nruntime: nodejs\n" },
      { linkPackages: false },
    );
    try {
      const template = join(projectRoot, "templates/farm");
      const named = ["--name", "my-farm", "--description", "My farm", "--dir", project.directory, "--force"];
      const made = await project.run("new", template, "--yes", "--generate-only", ...named);
      expect(made.exitCode, made.output).toBe(0);
      expect(await readFile(join(project.directory, "Pulumi.yaml"), "utf8")).toMatch(
        /^name: my-farm\ndescription: My farm\n/,
      );
      // In place of npm install: this project's packages, and this project itself.
      await mkdir(join(project.directory, "node_modules"));
      const link = (name: string, to: string) => symlink(to, join(project.directory, "node_modules", name));
      for (const name of await readdir(nodeModules)) await link(name, join(nodeModules, name));
      await link("pulumi-webfarm", projectRoot);
      const compiled = await project.execute(process.execPath, "node_modules/typescript/bin/tsc");
      expect(compiled.exitCode, compiled.output).toBe(0);
      for (const setting of ["platform=linux", `image=${webapp}`, "replicas=2", "publish=8089"]) {
        await project.run("config", "set", ...setting.split("="));
      }
      const { exitCode, output } = await project.run("preview");
      expect(exitCode, output).toBe(0);
      expect(output).toMatch(/farm-webapp-2 +create/);
    } finally {
      await project.remove();
    }
  });
});
