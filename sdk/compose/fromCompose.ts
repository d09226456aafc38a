import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { ContainerTransform, HostRelease, Orchestrator, Platform } from "../args";
import { hostRelease, orchestrator, platform } from "../schema/fields";
import { validate } from "../schema/validate";
import { ComposeError } from "./findings";
import { readCompose, type ComposeFarm } from "./readCompose";

/** What `WindowsWebFarm.fromCompose` takes. */
export interface FromComposeArgs {
  /** The compose file, or several, each laid over those before it. */
  file: string | string[];
  /** Replicas by app; they go before the file's. @default the file's */
  replicas?: Record<string, number>;
  /** Name of the service that is the proxy. @default the one made from nginx that sends requests to others */
  proxy?: string;
  /** Name of the service that is the console. @default the one that only runs ping */
  console?: string;
  /** Profiles whose services are part of the farm. @default none */
  profiles?: string[];
  /** Values of `${VARIABLES}` in the files. @default the environment's, and those of `.env` beside the first file */
  variables?: Record<string, string>;
  /** The name that compose puts before volumes and built images. @default the file's `name`, else its folder's */
  project?: string;
  /** @default the file's `x-webfarm.platform`, else `windows` */
  platform?: Platform;
  /** @default the file's `x-webfarm.orchestrator`, else config `webfarm:orchestrator`, else `host` */
  orchestrator?: Orchestrator;
  /** @default the file's `x-webfarm.hostRelease`, else "2022" */
  hostRelease?: HostRelease;
  /** Last word on the arguments of every container of the farm. */
  transform?: ContainerTransform;
}

const path = z.string().min(1);

/** Schema of what `readComposeFiles` takes; the replicas are checked with the farm. */
const composeArgs = z.strictObject({
  file: z.union([path, z.array(path).min(1)], { error: "give the path of a file, or a list of them" }),
  replicas: z.record(z.string(), z.number()).optional(),
  proxy: z.string().optional(),
  console: z.string().optional(),
  profiles: z.array(z.string()).optional(),
  variables: z.record(z.string(), z.string()).optional(),
  project: z.string().optional(),
  platform: platform.optional(),
  orchestrator: orchestrator.optional(),
  hostRelease: hostRelease.optional(),
});

/**
 * Reads compose files from disk as the arguments of a farm.
 *
 * @throws FarmError with every fault of the arguments, ComposeError with every fault of the files, at once
 */
export function readComposeFiles(args: Omit<FromComposeArgs, "transform">): ComposeFarm {
  validate(composeArgs, args, "compose files");
  const { file, variables, ...options } = args;
  const names = typeof file === "string" ? [file] : file;
  const files = names.map((name) => {
    const text = readText(name);
    if (text !== undefined) return { file: name, text };
    throw new ComposeError(name, [
      {
        path: `${name}:1:1`,
        code: "notFound",
        message: "the file is not there, or cannot be read",
        hint: `check the path; it starts at ${process.cwd()}`,
      },
    ]);
  });
  return readCompose({
    ...options,
    files,
    directory: absoluteFolder(names[0] ?? "."),
    environment: { ...process.env, ...variables },
    read: readText,
  });
}

function absoluteFolder(file: string): string {
  return dirname(/^([\\/]|[A-Za-z]:[\\/])/.test(file) ? file : `${process.cwd()}/${file}`);
}

/** Undefined where there is no such file, or none that can be read: a folder, a name that no file can have. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
