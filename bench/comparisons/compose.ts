import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerCompose, type Compose } from "../../test/support/dockerCompose";
import { freePort, uniqueName } from "../../test/support/engine";
import { Load } from "../../test/support/load";
import { inTurns, resultOf, secondsOf, type BenchContext, type Comparison } from "../comparison";
import { ourFarm } from "../programs";
import { BenchProject } from "../pulumiProject";
import { untilAllServe } from "../serving";

/** One life of a stack under load. */
interface Life {
  readonly create: number;
  readonly scale: number;
  /** From the command until all five had answered; of compose's bare scale, the command alone. */
  readonly scaleUntilServing: number;
  readonly roll: number;
  readonly lost: number;
  readonly requests: number;
}

interface Stack {
  create(): Promise<unknown>;
  scale(replicas: number): Promise<unknown>;
  roll(): Promise<unknown>;
  remove(): Promise<unknown>;
}

export const composeComparison: Comparison = {
  letter: "b",
  title: "Create, scale and roll against docker compose",
  async run(context) {
    const compose = await dockerCompose();
    const rounds = context.short ? 1 : 5;
    const say = (line: string): void => {
      context.say(`b: ${line}`);
    };
    const { ours, other } = await inTurns(
      { rounds, say },
      async () => {
        const port = await freePort();
        return live(await pulumiStack(context, port), port, true);
      },
      async () => {
        const port = await freePort();
        return live(await composeStack(context, compose, port), port, false);
      },
    );
    const sides = (of: (life: Life) => number) => ({
      unit: "s",
      ours: { label: "pulumi up", figures: ours.map(of) },
      other: { label: "compose", figures: other.map(of) },
    });
    const sum = (lives: readonly Life[], of: (life: Life) => number) =>
      lives.reduce((total, life) => total + of(life), 0);
    const losses = (lives: readonly Life[]) =>
      `${sum(lives, ({ lost }) => lost)} of ${sum(lives, ({ requests }) => requests)} requests`;
    return [
      resultOf({ name: "create, 2 replicas and proxy", ...sides(({ create }) => create) }),
      resultOf({
        name: "2 -> 5 until all five serve",
        ...sides(({ scaleUntilServing }) => scaleUntilServing),
        goal: 2,
        note: "compose's figure is its bare scale: nobody has reloaded its proxy, so the new three do not serve",
      }),
      resultOf({
        name: "roll of 2 replicas",
        ...sides(({ roll }) => roll),
        note: `lost by our roll: ${losses(ours)}; by compose's: ${losses(other)}`,
      }),
    ];
  },
};

/** Creates, scales out and in, and rolls under load; takes everything away again. */
async function live(stack: Stack, port: number, reloads: boolean): Promise<Life> {
  const url = `http://localhost:${port}`;
  try {
    const create = await secondsOf(() => stack.create());
    await untilAllServe(url, 2);
    let scale = NaN;
    const scaling = async () => {
      scale = await secondsOf(() => stack.scale(5));
    };
    const scaleUntilServing = await secondsOf(() =>
      reloads ? Promise.all([scaling(), untilAllServe(url, 5)]) : scaling(),
    );
    await stack.scale(2);
    const load = new Load(url, { fresh: 10, kept: 10 });
    const roll = await secondsOf(() => stack.roll());
    const { ok, failed } = await load.stop();
    return { create, scale, scaleUntilServing, roll, lost: failed, requests: ok + failed };
  } finally {
    await stack.remove();
  }
}

async function pulumiStack({ images }: BenchContext, port: number): Promise<Stack> {
  const args = { n: 2, image: images.webapp, proxy: images.proxy, port, generation: "1" };
  const project = await BenchProject.create(ourFarm, args);
  const upWith = async (change: object) => {
    await project.change({ ...args, ...change });
    await project.up();
  };
  return {
    create: () => project.up(),
    scale: (n) => upWith({ n }),
    roll: () => upWith({ image: images.nextWebapp, generation: "2" }),
    remove: () => project.remove(),
  };
}

const nginxConf = `events { }
http {
  upstream production { server webapp; }
  server { listen 80; location / { proxy_pass http://production; } }
}
`;

async function composeStack({ images }: BenchContext, compose: Compose, port: number): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), uniqueName("bench")));
  await writeFile(join(folder, "nginx.conf"), nginxConf);
  const describe = (image: string) =>
    writeFile(
      join(folder, "docker-compose.yml"),
      JSON.stringify({
        version: "3",
        services: {
          webapp: { image },
          proxy: {
            image: images.proxy,
            command: ["nginx", "-c", "/conf/nginx.conf", "-g", "daemon off;"],
            depends_on: ["webapp"],
            ports: [`${port}:80`],
            volumes: ["./nginx.conf:/conf/nginx.conf:ro"],
          },
        },
      }),
    );
  await describe(images.webapp);
  const up = (...args: string[]) => compose(folder, ["up", "-d", ...args]);
  return {
    create: () => up("--scale", "webapp=2"),
    scale: (n) => up("--no-recreate", "--scale", `webapp=${n}`),
    async roll() {
      await describe(images.nextWebapp);
      await up("--scale", "webapp=2");
    },
    async remove() {
      await compose(folder, ["down", "--timeout", "1"]);
      await rm(folder, { recursive: true });
    },
  };
}
