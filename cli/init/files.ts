import type { Platform, WindowsWebFarmArgs } from "../../sdk/args";

/** What a new project is made of. */
export interface ProjectPlan {
  /** Name of the project and of its farm. */
  name: string;
  /** The program, as TypeScript. */
  program: string;
  /** Versions of this package and of those beside it. */
  versions: Readonly<Record<string, string>>;
}

/** The files of a new Pulumi project, by name. Pure. */
export function projectFiles({ name, program, versions }: ProjectPlan): Record<string, string> {
  const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;
  return {
    "Pulumi.yaml": `name: ${name}\ndescription: A web farm on one Docker host\nruntime: nodejs\n`,
    "index.ts": program,
    "package.json": json({ name, private: true, main: "index.ts", dependencies: versions }),
    "tsconfig.json": json({
      compilerOptions: {
        strict: true,
        target: "ES2022",
        module: "CommonJS",
        moduleResolution: "Node",
        skipLibCheck: true,
        noEmit: true,
      },
      files: ["index.ts"],
    }),
    ".gitignore": "node_modules/\n",
  };
}

/** The farm that a new project begins with. */
export function firstFarm(platform: Platform): WindowsWebFarmArgs {
  const ports = [{ container: 80 }];
  if (platform === "windows") {
    return {
      platform,
      hostRelease: "2022",
      apps: { webapp: { image: "andrew0928/mvcdemo:1.0", replicas: 2, ports } },
      proxy: { build: {}, publish: 80 },
    };
  }
  return {
    platform,
    apps: { webapp: { image: "nginx:1.28", replicas: 2, ports } },
    proxy: { image: "nginx:1.28", publish: 8080 },
    console: { image: "busybox:1.37" },
  };
}
