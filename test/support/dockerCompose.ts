import { join } from "node:path";
import { hasCommand, runCommand } from "../../toolchain/images/command";
import { debianPrograms } from "./debianPrograms";

/** What docker-compose 1.29 of Debian needs beside Python itself. */
const packages = [
  "docker-compose",
  ...[
    "docker",
    "dockerpty",
    "docopt",
    "dotenv",
    "jsonschema",
    "attr",
    "pyrsistent",
    "texttable",
    "websocket",
  ].map((name) => `python3-${name}`),
  ...[
    "requests",
    "urllib3",
    "idna",
    "chardet",
    "charset-normalizer",
    "certifi",
    "yaml",
    "packaging",
    "distutils",
  ].map((name) => `python3-${name}`),
];

/** Runs a real docker compose in a folder. */
export type Compose = (
  folder: string,
  args: readonly string[],
  environment?: NodeJS.ProcessEnv,
) => Promise<string>;

/**
 * The program that COMPOSE names, or docker compose or docker-compose of this machine, else Debian's, unpacked
 * into `.webfarm/`.
 */
export async function dockerCompose(): Promise<Compose> {
  const [file, before, own] = await programOf();
  return (folder, args, environment = {}) =>
    runCommand(file, [...before, ...args], {
      cwd: folder,
      environment: { ...process.env, ...own, ...environment },
      timeoutSeconds: 60,
    });
}

async function programOf(): Promise<[string, string[], NodeJS.ProcessEnv]> {
  const [chosen, ...options] = (process.env.COMPOSE ?? "").split(" ");
  if (chosen !== undefined && chosen !== "") return [chosen, options, {}];
  // The docker command without its plugin knows no `compose` and ends with an error.
  const plugin = await runCommand("docker", ["compose", "version"], { timeoutSeconds: 30 }).then(
    () => true,
    () => false,
  );
  if (plugin) return ["docker", ["compose"], {}];
  if (await hasCommand("docker-compose", ["version"])) return ["docker-compose", [], {}];
  const root = await debianPrograms("docker-compose", packages);
  const environment = { PYTHONPATH: join(root, "usr/lib/python3/dist-packages") };
  return ["/usr/bin/python3", [join(root, "usr/bin/docker-compose")], environment];
}
