import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type Docker from "dockerode";
import type { Log } from "./baseImages";
import { hasCommand } from "./command";
import { buildImage, findImage } from "./engineImages";
import { compileGo } from "./goProgram";
import { contentLabel, webappReference, webappVersions } from "./imageNames";
import { digestOf, type Entry } from "./rootFilesystem";

/** The official compiler image, for machines without Go; pinned as the others are. */
const compilerImage = "golang:1.24.4-alpine";

/** Makes the web app's images on top of a base, where the engine does not have them already. */
export async function prepareWebappImages(docker: Docker, base: string, log: Log): Promise<void> {
  const sources = await readSources(sourceDirectory());
  const missing: string[] = [];
  for (const version of webappVersions) {
    const image = await findImage(docker, webappReference(version));
    if (image?.labels[contentLabel] === contentOf(sources, base, version)) log(`${image.reference} is there`);
    else missing.push(version);
  }
  if (missing.length === 0) return;

  const program = await compileHere(docker, log);
  if (!program) log(`no Go on this machine: compiling in ${compilerImage}`);
  for (const version of missing) {
    const context = program ? programContext(program) : sourceContext(sources);
    const labels = `LABEL ${contentLabel}=${contentOf(sources, base, version)}`;
    await buildImage(docker, webappReference(version), context, [
      ...(program ? [] : compileStage),
      ...imageStage(base, version, program ? [] : ["--from=compile"]),
      labels,
    ]);
    log(`made ${webappReference(version)} on ${base}`);
  }
}

function imageStage(base: string, version: string, copyOptions: readonly string[]): string[] {
  return [
    `FROM ${base}`,
    ["COPY", ...copyOptions, "webapp", "/webapp"].join(" "),
    `ENV WEBFARM_VERSION=${version}`,
    "EXPOSE 80",
    'CMD ["/webapp"]',
  ];
}

const compileStage = [
  `FROM ${compilerImage} AS compile`,
  "COPY . /source",
  "WORKDIR /source",
  "RUN CGO_ENABLED=0 go build -trimpath -o /webapp .",
];

function contentOf(sources: ReadonlyMap<string, Buffer>, base: string, version: string): string {
  const files = [...sources].flatMap(([name, content]) => [name, content]);
  return digestOf(...imageStage(base, version, []), ...files);
}

/** Compiles the web app for the engine's machine; undefined when there is no Go. */
async function compileHere(docker: Docker, log: Log): Promise<Buffer | undefined> {
  if (!(await hasCommand("go", ["version"]))) return undefined;
  log("compiling the web app");
  const { Arch } = await docker.version();
  return compileGo(sourceDirectory(), Arch);
}

function programContext(program: Buffer): Map<string, Entry> {
  return new Map([["/webapp", { type: "file", content: program, mode: 0o755 }]]);
}

function sourceContext(sources: ReadonlyMap<string, Buffer>): Map<string, Entry> {
  return new Map([...sources].map(([name, content]) => [`/${name}`, { type: "file", content }]));
}

/** The web app's sources lie beside this file, or, when this runs compiled, in the project it belongs to. */
function sourceDirectory(): string {
  for (let root = __dirname; root !== dirname(root); root = dirname(root)) {
    const candidate = join(root, "toolchain", "images", "webapp");
    if (existsSync(join(candidate, "go.mod"))) return candidate;
  }
  throw new Error(
    `the web app's sources (toolchain/images/webapp) are not in any directory above ${__dirname}`,
  );
}

async function readSources(directory: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(directory)).filter((name) => /(^go\.mod|(?<!_test)\.go)$/.test(name)).sort();
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(directory, name))]),
    ),
  );
}
