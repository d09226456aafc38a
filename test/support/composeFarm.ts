import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FarmImages } from "../../toolchain/images";
import type { Compose } from "./dockerCompose";
import { freePort, uniqueName } from "./engine";

/** A web app behind nginx as a docker-compose.yml has it: what a farm is compared with. */
export class ComposeFarm {
  private constructor(
    private readonly compose: Compose,
    private readonly images: FarmImages,
    private readonly directory: string,
    private readonly publish: number,
  ) {}

  static async start(compose: Compose, images: FarmImages, replicas: number): Promise<ComposeFarm> {
    // The folder's name is the project's.
    const directory = await mkdtemp(join(tmpdir(), `${uniqueName("compose")}-`).toLowerCase());
    const farm = new ComposeFarm(compose, images, directory, await freePort());
    await writeFile(
      join(directory, "nginx.conf"),
      [
        "events { }",
        "http {",
        "  upstream production { server webapp; }",
        "  server { listen 80; location / { proxy_pass http://production; } }",
        "}",
      ].join("\n"),
    );
    await farm.describe(images.webapp, "1");
    await farm.run("up", "-d", "--scale", `webapp=${replicas}`);
    return farm;
  }

  get url(): string {
    return `http://localhost:${this.publish}`;
  }

  async scale(replicas: number): Promise<void> {
    await this.run("up", "-d", "--no-recreate", "--scale", `webapp=${replicas}`);
  }

  /** As the field report has it: by hand. */
  async reload(): Promise<void> {
    await this.run("exec", "-T", "proxy", "nginx", "-s", "reload");
  }

  async roll(image: string, generation: string, replicas: number): Promise<void> {
    await this.describe(image, generation);
    await this.run("up", "-d", "--scale", `webapp=${replicas}`);
  }

  async remove(): Promise<void> {
    await this.run("down", "--timeout", "1");
    await rm(this.directory, { recursive: true });
  }

  private run(...args: string[]): Promise<string> {
    return this.compose(this.directory, args);
  }

  private async describe(image: string, generation: string): Promise<void> {
    const services = {
      webapp: { image, environment: { WEBFARM_GENERATION: generation } },
      proxy: {
        image: this.images.proxy,
        command: ["nginx", "-g", "daemon off;"],
        depends_on: ["webapp"],
        ports: [`${this.publish}:80`],
        volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"],
      },
    };
    await writeFile(join(this.directory, "docker-compose.yml"), JSON.stringify({ version: "3", services }));
  }
}
