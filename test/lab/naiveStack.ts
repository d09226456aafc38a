import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import Docker from "dockerode";
import { windowsImages } from "../../lab/cell/windowsImages";
import type { Lab } from "../../lab/lab";
import { exec, type ExecResult } from "../../sdk/reload/exec";
import { runCommand } from "../../toolchain/images/command";
import { dockerCompose, type Compose } from "../support/dockerCompose";
import { freePort } from "../support/engine";
import { labClient } from "./labFarm";

const fieldReport = resolve(__dirname, "../fixtures/compose/field-report");

/** The field report's stack as it stands there, brought up with docker compose in a laboratory. */
export class NaiveStack {
  private constructor(
    readonly docker: Docker,
    readonly port: number,
    private readonly folder: string,
    private readonly run: Compose,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Writes its files: only the published port is another, as somebody else may hold port 80. */
  static async create(lab: Lab): Promise<NaiveStack> {
    const folder = await mkdtemp(join(tmpdir(), "webfarm-naive-"));
    const port = await freePort();
    await cp(fieldReport, folder, { recursive: true });
    const compose = join(folder, "docker-compose.yml");
    await writeFile(compose, (await readFile(compose, "utf8")).replace("80:80", `${port}:80`));
    await unpackNginx(folder);
    const environment = { DOCKER_HOST: lab.dockerHost, COMPOSE_FORCE_WINDOWS_HOST: "1" };
    return new NaiveStack(labClient(lab), port, folder, await dockerCompose(), environment);
  }

  compose(...args: string[]): Promise<string> {
    return this.run(this.folder, ["-p", "naive", ...args], this.environment);
  }

  /** Runs a command in a container of the stack, as an operator does. */
  async exec(service: string, ...command: string[]): Promise<ExecResult> {
    const label = [`com.docker.compose.service=${service}`];
    const [container] = await this.docker.listContainers({ filters: { label } });
    if (container === undefined) throw new Error(`${service} does not run`);
    return exec(this.docker.getContainer(container.Id), command, { timeoutSeconds: 60 });
  }

  /** Takes it down, with the image that it built: another run may stand on another cell. */
  async remove(): Promise<void> {
    await this.compose("down", "--timeout", "1");
    await this.docker.getImage("andrew0928/mvcproxy").remove();
    await rm(this.folder, { recursive: true });
  }
}

/** nginx for Windows into the folder of the proxy's Dockerfile, as one unpacks nginx.org's archive there. */
async function unpackNginx(folder: string): Promise<void> {
  const container = await new Docker().createContainer({ Image: windowsImages.nginx("2022") });
  try {
    const archive = join(folder, "nginx.tar");
    await writeFile(archive, await buffer(await container.getArchive({ path: "/c/nginx" })));
    await runCommand("tar", ["-xf", archive, "-C", folder], { timeoutSeconds: 60 });
    await rm(archive);
  } finally {
    await container.remove();
  }
  const proxy = join(folder, "mvcproxy");
  await mkdir(proxy, { recursive: true });
  await cp(join(folder, "nginx"), proxy, { recursive: true });
  await rename(join(proxy, "nginx.conf"), join(proxy, "conf", "nginx.conf"));
}
