import { existsSync } from "node:fs";
import { isAbsolute, join, normalize, resolve } from "node:path";
import type { Log } from "../resource";
import { type Attributes, block, boolean, list, map, matching, string } from "../schema/attribute";
import { type CheckFailure, type CheckResult, checkInputs } from "../schema/check";
import { type PropertyMap, UNKNOWN, isObject, text } from "../values";
import { contextDigest } from "./context";

const attributes: Attributes = {
  build: block({
    addHosts: list(),
    args: map(),
    builderVersion: string({
      validate: matching(
        /^BuilderV1$/,
        "BuilderV1 (this stand-in for the docker plugin has no BuildKit; the official plugin has)",
      ),
    }),
    cacheFrom: block({ images: list() }),
    context: string(),
    dockerfile: string(),
    network: string(),
    platform: string(),
    target: string(),
    // Filled in by Check itself.
    contextDigest: string(),
  }),
  buildOnPreview: boolean(),
  imageName: string({ required: true }),
  registry: block({ server: string(), username: string(), password: string() }),
  skipPush: boolean(),
};

/** Adds to the inputs what decides over a new build: the Dockerfile's place and the context's digest. */
export async function checkImage(news: PropertyMap, log: Log): Promise<CheckResult> {
  const { failures } = checkInputs(attributes, news);
  const given = isObject(news.build) ? news.build : {};
  if (failures.length > 0 || news.build === UNKNOWN || isOpen(given)) return { inputs: news, failures };

  const { context, dockerfile } = buildPaths(given);
  const missing = missingFile(given, context, dockerfile);
  if (missing) return { inputs: news, failures: [missing] };
  const build: PropertyMap = {
    ...given,
    ...(given.context !== undefined && { context: text(given.context) }),
    contextDigest: await contextDigest(resolve(context), resolve(dockerfile)),
    dockerfile,
    platform: given.platform ?? defaultPlatform(log),
  };
  return { inputs: { ...news, build: { context, ...build } }, failures: [] };
}

function isOpen(build: PropertyMap): boolean {
  return build.context === UNKNOWN || build.dockerfile === UNKNOWN;
}

function buildPaths(build: PropertyMap): { context: string; dockerfile: string } {
  const context = text(build.context) || ".";
  return { context, dockerfile: text(build.dockerfile) || join(context, "Dockerfile") };
}

function missingFile(build: PropertyMap, context: string, dockerfile: string): CheckFailure | undefined {
  if (!existsSync(context)) {
    return {
      property: "build.context",
      reason: `could not open the build context ${context}: no such directory`,
    };
  }
  if (existsSync(dockerfile)) return undefined;
  const kind = isAbsolute(dockerfile) ? "absolute" : "relative";
  const inContext = join(context, text(build.dockerfile));
  const hint =
    kind === "relative" && text(build.dockerfile) !== "" && existsSync(inContext)
      ? `. Try setting \`dockerfile\` to "${normalize(inContext)}"`
      : `: no such file, seen from ${process.cwd()}`;
  return {
    property: "build.dockerfile",
    reason: `could not open dockerfile at ${kind} path ${dockerfile}${hint}`,
  };
}

function defaultPlatform(log: Log): string {
  const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  const platform = `linux/${architectures[process.arch] ?? process.arch}`;
  log(
    "info",
    `Building for ${platform}, this machine's architecture; \`build.platform\` chooses another one.`,
  );
  return platform;
}
