import * as pulumi from "@pulumi/pulumi";
import { FarmError, type FarmIssue, type WindowsWebFarmArgs } from "pulumi-webfarm";
import { z } from "zod";

/**
 * The stack's settings as `pulumi config set` takes them. Only their types are checked here, so that the
 * farm's own checks can name all other faults at once.
 */
const settings = z.object({
  platform: z.enum(["windows", "linux"]),
  hostRelease: z.enum(["2016", "2019", "2022", "2025"]),
  orchestrator: z.enum(["host", "swarm"]).default("host"),
  imagesOnNodes: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  replicas: z.int().min(0).max(500),
  webappImage: z.string().min(1),
  apiImage: z.string().min(1).optional(),
  apiReplicas: z.int().min(0).max(500),
  apiPath: z.string().regex(/^\/[\w./~-]*$/),
  generation: z.string().min(1),
  proxyImage: z.string().min(1),
  consoleImage: z.string().min(1).optional(),
  publishPort: z.int().min(1).max(65535),
});

/** The stack's settings, checked. */
export type Settings = z.infer<typeof settings>;

/** What is allowed for each key, and a value that works: the error's second half. */
const advice: Record<keyof Settings, { allowed: string; example: string }> = {
  platform: { allowed: "windows or linux", example: "windows" },
  hostRelease: { allowed: "2016, 2019, 2022 or 2025", example: "2022" },
  orchestrator: { allowed: "host or swarm", example: "host" },
  imagesOnNodes: { allowed: "true or false", example: "false" },
  replicas: { allowed: "a whole number from 0 to 500", example: "2" },
  webappImage: { allowed: "an image with tag or digest", example: "andrew0928/mvcdemo:1.0" },
  apiImage: { allowed: "an image with tag or digest", example: "example/api:1.0" },
  apiReplicas: { allowed: "a whole number from 0 to 500", example: "2" },
  apiPath: { allowed: "a path that begins with /", example: "/api" },
  generation: { allowed: "a word of letters, digits, _ . -", example: "2" },
  proxyImage: { allowed: "an image with nginx", example: "nginx:1.28" },
  consoleImage: { allowed: "an image with a shell", example: "busybox:1.37" },
  publishPort: { allowed: "a whole number from 1 to 65535", example: "8080" },
};

function issueOf(key: keyof Settings, value: unknown): FarmIssue {
  const { allowed, example } = advice[key];
  return {
    path: `webfarm:${key}`,
    code: value === undefined ? "required" : "notAllowed",
    message: `${value === undefined ? "is not set" : `${JSON.stringify(value)} is not allowed`}; allowed: ${allowed}`,
    hint: `pulumi config set ${key} ${example}`,
  };
}

/**
 * Checks raw settings; the pure part of {@link readSettings}.
 *
 * @throws FarmError with every fault at once, each with the line that mends it
 */
export function parseSettings(raw: Record<string, unknown>): Settings {
  const result = settings.safeParse(raw);
  if (result.success) return result.data;
  const keys = [...new Set(result.error.issues.map((issue) => issue.path[0] as keyof Settings))];
  throw new FarmError(
    "Stack configuration",
    keys.map((key) => issueOf(key, raw[key])),
  );
}

/** Reads the stack's settings from the Pulumi configuration. */
export function readSettings(config = new pulumi.Config()): Settings {
  const keys = Object.keys(advice) as (keyof Settings)[];
  return parseSettings(Object.fromEntries(keys.map((key) => [key, valueOf(key, config.get(key))])));
}

/** Configuration arrives as text; a number that is none stays text, for the message. */
function valueOf(key: keyof Settings, text: string | undefined): unknown {
  // Project settings have no way to be left out but an empty default.
  if (key === "apiImage" && text === "") return undefined;
  const numeric = ["replicas", "apiReplicas", "publishPort"].includes(key);
  return numeric && text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The images that the stack names, by their configuration key. */
export function imagesOf(settings: Settings): Record<string, string> {
  const { webappImage, apiImage, proxyImage, consoleImage } = settings;
  return {
    "webfarm:webappImage": webappImage,
    ...(apiImage === undefined ? {} : { "webfarm:apiImage": apiImage }),
    "webfarm:proxyImage": proxyImage,
    ...(consoleImage === undefined ? {} : { "webfarm:consoleImage": consoleImage }),
  };
}

/** The farm that the settings ask for: the webapp, and behind a path of its own the api where it has an image. */
export function farmOf(settings: Settings): WindowsWebFarmArgs {
  const { apiImage, consoleImage, generation } = settings;
  const ports = [{ container: 80 }];
  const api = {
    image: apiImage ?? "",
    replicas: settings.apiReplicas,
    routes: [{ path: settings.apiPath }],
    ports,
    generation,
  };
  return {
    platform: settings.platform,
    hostRelease: settings.hostRelease,
    orchestrator: settings.orchestrator,
    apps: {
      webapp: { image: settings.webappImage, replicas: settings.replicas, ports, generation },
      ...(apiImage === undefined ? {} : { api }),
    },
    proxy: { image: settings.proxyImage, publish: settings.publishPort },
    console: consoleImage === undefined ? {} : { image: consoleImage },
  };
}
