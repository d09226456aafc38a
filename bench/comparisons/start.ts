import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../toolchain/images/command";
import {
  againstLimit,
  inTurns,
  resultOf,
  secondsOf,
  type BenchContext,
  type Comparison,
  type Result,
} from "../comparison";

/** What the package may cost a program beside the Pulumi SDK alone. */
const allowed = { milliseconds: 60, megabytes: 25 };

export const startComparison: Comparison = {
  letter: "d",
  title: "Start of a program: import and type check against the bare Pulumi SDK",
  async run(context) {
    const say = (line: string): void => {
      context.say(`d: ${line}`);
    };
    return [...(await imports(context, say)), await typeCheck(context, say)];
  },
};

interface Import {
  readonly milliseconds: number;
  readonly megabytes: number;
}

async function imports({ root, short }: BenchContext, say: (line: string) => void): Promise<Result[]> {
  const library = join(root, "dist/bundle/index.js");
  const { ours, other } = await inTurns(
    { rounds: short ? 5 : 20, say },
    () => importOf(root, library),
    () => importOf(root, "@pulumi/pulumi"),
  );
  const extra = (of: keyof Import) => ours.map((figures, round) => figures[of] - (other[round]?.[of] ?? NaN));
  return [
    resultOf({
      name: "import, time beside @pulumi/pulumi",
      unit: "ms",
      ours: { label: "our package adds", figures: extra("milliseconds") },
      other: againstLimit("allowed", allowed.milliseconds, ours.length),
      goal: 1,
    }),
    resultOf({
      name: "import, memory beside @pulumi/pulumi",
      unit: "MB",
      ours: { label: "our package adds", figures: extra("megabytes") },
      other: againstLimit("allowed", allowed.megabytes, ours.length),
      goal: 1,
    }),
  ];
}

async function importOf(root: string, name: string): Promise<Import> {
  const program = `const started = performance.now();
    require(${JSON.stringify(name)});
    const milliseconds = performance.now() - started;
    console.log(JSON.stringify({ milliseconds, megabytes: process.memoryUsage().rss / 1e6 }));`;
  const output = await runCommand(process.execPath, ["-e", program], { cwd: root, timeoutSeconds: 60 });
  return JSON.parse(output) as Import;
}

const ourProgram = `import { WindowsWebFarm } from "pulumi-webfarm";

const farm = new WindowsWebFarm("shop", {
  apps: { webapp: { image: "andrew0928/mvcdemo:1.0", replicas: 2, ports: [{ container: 80 }] } },
  proxy: { image: "example/nginx-windows:1.28", publish: 80 },
});
export const url = farm.url;
`;

const plainProgram = `import * as docker from "@pulumi/docker";

const webapp = new docker.Container("webapp", { image: "andrew0928/mvcdemo:1.0", ports: [{ internal: 80 }] });
export const name = webapp.name;
`;

/** Seconds of the compiler over an example and over a program of the docker SDK alone. */
async function typeCheck({ root, short }: BenchContext, say: (line: string) => void): Promise<Result> {
  const { ours, other } = await inTurns(
    { rounds: short ? 1 : 5, say },
    () => compilerSeconds(root, ourProgram),
    () => compilerSeconds(root, plainProgram),
  );
  return resultOf({
    name: "type check of an example",
    unit: "s",
    ours: { label: "our example", figures: ours },
    other: { label: "@pulumi/docker alone", figures: other },
  });
}

async function compilerSeconds(root: string, program: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "webfarm-bench-"));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "index.ts"), program);
    const options = {
      strict: true,
      module: "node16",
      moduleResolution: "node16",
      target: "es2022",
      skipLibCheck: true,
      noEmit: true,
      types: ["node"],
      preserveSymlinks: true,
      paths: { "pulumi-webfarm": [join(root, "dist/sdk/index.d.ts")] },
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["index.ts"] }),
    );
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    return await secondsOf(() =>
      runCommand(process.execPath, [compiler, "-p", folder], { cwd: folder, timeoutSeconds: 120 }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
