import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import type { ProxiedScaleSetArgs } from "../../sdk/args";
import { uniqueName } from "./engine";
import { library } from "./library";
import { TestProject, type PulumiRun } from "./project";

/** A certificate of the test's own, or its key. */
export function tlsFixture(file: string): string {
  return readFileSync(join(__dirname, "../fixtures/tls", file), "utf8");
}

/** A deployed ProxiedScaleSet named `web` whose arguments the test changes between two runs. */
export class ScaleSetProject {
  private constructor(
    readonly docker: Docker,
    readonly project: TestProject,
    readonly stackLabel: string,
    private args: ProxiedScaleSetArgs,
  ) {}

  /** On the engine of the tests, or on `engine`. */
  static async create(
    args: ProxiedScaleSetArgs,
    { runSeconds = 120, engine }: { runSeconds?: number; engine?: { host: string; docker: Docker } } = {},
  ): Promise<ScaleSetProject> {
    const name = uniqueName("scaleset");
    const project = await TestProject.create(
      {
        "Pulumi.yaml": `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
        "package.json": "{}",
        "index.js": [
          `const { ProxiedScaleSet } = require(${JSON.stringify(library)});`,
          `const args = JSON.parse(require("node:fs").readFileSync("args.json", "utf8"));`,
          `const web = new ProxiedScaleSet("web", args);`,
          `module.exports = { url: web.localUrl, upstreams: web.upstreams, proxy: web.proxy.containerName };`,
        ].join("\n"),
        "args.json": JSON.stringify(args),
      },
      { runSeconds, ...(engine === undefined ? {} : { dockerHost: engine.host }) },
    );
    return new ScaleSetProject(engine?.docker ?? new Docker(), project, `${name}/test`, args);
  }

  async change(args: {
    service?: Partial<ProxiedScaleSetArgs["service"]>;
    proxy?: Partial<ProxiedScaleSetArgs["proxy"]>;
  }): Promise<void> {
    this.args = {
      service: { ...this.args.service, ...args.service },
      proxy: { ...this.args.proxy, ...args.proxy },
    };
    await this.project.write("args.json", JSON.stringify(this.args));
  }

  /** Runs the CLI and fails with all it printed when it fails. */
  async expect(...args: string[]): Promise<PulumiRun> {
    const run = await this.project.run(...args);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}: ${run.exitCode}\n${run.output}`);
    return run;
  }

  up(): Promise<PulumiRun> {
    return this.expect("up", "--yes", "--skip-preview");
  }

  async output(name: "url" | "proxy"): Promise<string> {
    return (await this.expect("stack", "output", name)).stdout.trim();
  }

  /** The containers of a service of this stack, running or not. */
  async containers(service = "web"): Promise<Docker.ContainerInfo[]> {
    const label = [`webfarm.stack=${this.stackLabel}`, `webfarm.service=${service}`];
    return this.docker.listContainers({ all: true, filters: { label } });
  }

  async names(service = "web"): Promise<string[]> {
    return (await this.containers(service)).map(({ Names }) => (Names[0] ?? "").slice(1)).sort();
  }

  /** Destroys the stack. */
  async remove(): Promise<void> {
    await this.expect("destroy", "--yes", "--skip-preview");
    await this.project.remove();
  }
}

/** Which replicas answer at a URL. */
export async function replicasSeen(url: string, requests = 30): Promise<string[]> {
  const seen = new Set<string>();
  for (let request = 0; request < requests; request++) {
    const answer = await fetch(url, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(10_000),
    });
    await answer.text();
    seen.add(answer.headers.get("x-webfarm-replica") ?? String(answer.status));
  }
  return [...seen].sort();
}
