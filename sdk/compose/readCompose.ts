import { dirname } from "node:path";
import { parseEnv } from "node:util";
import type {
  AppArgs,
  HostRelease,
  ImageBuildArgs,
  Orchestrator,
  Platform,
  WindowsWebFarmArgs,
} from "../args";
import { checkArguments } from "./checks";
import type { Draft, ReadContext } from "./draft";
import { ComposeError, Findings, type ComposeNote } from "./findings";
import { interpolate } from "./interpolate";
import { mergeMaps, resolveExtends } from "./merge";
import { kindOf, parseYaml, type MapNode } from "./node";
import { readNetwork } from "./networks";
import type { NginxMeaning } from "./nginxMeaning";
import { comparePlaces, startOf, type Place, type Source } from "./place";
import { placeProxyMounts, readProxy } from "./proxyService";
import { setOrder, setRoutes } from "./routes";
import { findRoles, meaningOf, type NamedRoles } from "./roles";
import { orderedArguments, readService } from "./service";
import { farmSettings, projectOf, checkTopKeys, activeServices, type FarmSettings } from "./topLevel";
import { Values } from "./values";
import { declaredVolumes } from "./volumes";

/** What is read, and how. */
export interface ComposeOptions extends NamedRoles {
  /** The files, each laid over those before it. */
  readonly files: readonly Source[];
  /** Reads what the files name: env_file, .env, extends, nginx.conf. @default nothing is there */
  readonly read?: (path: string) => string | undefined;
  /** Values of `${VARIABLES}`; they go before those of `.env`. @default none */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. @default the first file's */
  readonly directory?: string;
  /** @default the file's `name`, else the folder's */
  readonly project?: string;
  /** Profiles whose services are part of the farm. @default none */
  readonly profiles?: readonly string[];
  /** @default the file's x-webfarm.platform, else windows */
  readonly platform?: Platform;
  /** @default the file's x-webfarm.orchestrator, else what the program is configured for */
  readonly orchestrator?: Orchestrator;
  /** @default the file's x-webfarm.hostRelease, else 2022 */
  readonly hostRelease?: HostRelease;
  /** Replicas by app; they go before the file's. @default none */
  readonly replicas?: Readonly<Record<string, number>>;
}

/** A compose file as a farm. */
export interface ComposeFarm {
  /** The arguments that make the farm. */
  readonly args: WindowsWebFarmArgs;
  /** What the farm does in its own way. */
  readonly notes: readonly ComposeNote[];
}

/**
 * Reads docker-compose files as the arguments of a farm. Pure but for `read`.
 *
 * @throws ComposeError with every fault at once, each with file, line and column
 * @example
 * ```ts
 * const text = readFileSync("docker-compose.yml", "utf8");
 * const { args } = readCompose({ files: [{ file: "docker-compose.yml", text }] });
 * ```
 */
export function readCompose(options: ComposeOptions): ComposeFarm {
  const { files } = options;
  const [first] = files;
  if (first === undefined) throw new TypeError("readCompose needs at least one file");
  const findings = new Findings();
  const sources: Source[] = [...files];
  const farm = read(options, first, sources, findings);
  const order = comparePlaces(sources);
  if (findings.failed || farm === undefined) {
    throw new ComposeError(files.map(({ file }) => file).join(", "), findings.issues(order));
  }
  return { args: farm, notes: findings.notes(order) };
}

function read(
  options: ComposeOptions,
  first: Source,
  sources: Source[],
  findings: Findings,
): WindowsWebFarmArgs | undefined {
  const { read: readText = () => undefined, directory = dirname(first.file) } = options;
  const variables = { ...parseEnv(readText(`${directory}/.env`) ?? ""), ...options.environment };
  const load = (source: Source): MapNode | undefined => {
    const node = parseYaml(source, findings);
    if (node === undefined) return undefined;
    if (node.kind === "map") return interpolated(node, variables, findings);
    findings.refuse(
      node.at,
      "wrongType",
      `a compose file is a map, not ${kindOf(node)}`,
      "begin with services:",
    );
    return undefined;
  };
  const other = (path: string, at: Place): MapNode | undefined => {
    const known = sources.find(({ file }) => file === path);
    const text = known?.text ?? readText(`${directory}/${path}`);
    if (text === undefined) {
      findings.refuse(
        at,
        "notFound",
        `the file ${path} is not there`,
        "check the path; it starts at the first file's folder",
      );
      return undefined;
    }
    const source = known ?? { file: path, text };
    if (known === undefined) sources.push(source);
    return load(source);
  };
  const roots = options.files.map(load);
  const whole = roots.filter((root) => root !== undefined);
  if (whole.length < roots.length) return undefined;
  const root = whole.map((file) => resolveExtends(file, other, findings)).reduce(mergeMaps);

  const values = new Values(findings);
  const settings = farmSettings(root, options, values);
  const context: ReadContext = {
    findings,
    values,
    platform: settings.platform,
    directory,
    project: options.project ?? projectOf(root, directory, values),
    variables,
    read: readText,
  };
  checkTopKeys(root, context);
  const services = activeServices(root, first, options.profiles ?? [], context);
  if (services === undefined) return undefined;
  return assemble(services, root, first, settings, options, sources, context);
}

/** Variables are replaced after anchors and before merging, as compose does. */
function interpolated(node: MapNode, variables: ReadContext["variables"], findings: Findings): MapNode {
  const result = interpolate(node, variables, findings);
  return result.kind === "map" ? result : node;
}

function assemble(
  services: ReadonlyMap<string, MapNode>,
  root: MapNode,
  first: Source,
  settings: FarmSettings,
  options: ComposeOptions,
  sources: Source[],
  context: ReadContext,
): WindowsWebFarmArgs | undefined {
  const { findings } = context;
  const servicesAt = root.entries.get("services")?.at ?? startOf(first);
  const roles = findRoles(services, options, servicesAt, context);
  const declared = declaredVolumes(root.entries.get("volumes")?.value, context);
  const drafts = [...services].map(([name, node]) =>
    readService(
      name,
      roles.roleOf(name) === "proxy" ? placeProxyMounts(node, context) : node,
      roles.roleOf(name),
      declared,
      context,
    ),
  );
  const network = readNetwork(root.entries.get("networks")?.value, drafts, context);
  const draftOf = (name: string | undefined) => drafts.find((draft) => draft.name === name);
  const proxy = draftOf(roles.proxy?.name);
  const console = draftOf(roles.console);
  const apps = drafts.filter(({ role }) => role === "app");

  const configuration = roles.proxy?.configuration;
  let meaning: NginxMeaning | undefined;
  if (configuration !== undefined) {
    sources.push(configuration);
    meaning = meaningOf(configuration, findings);
  }
  if (proxy === undefined) return undefined;
  const args: WindowsWebFarmArgs = {
    apps: {},
    proxy: readProxy(proxy, meaning, context),
    console: console === undefined ? { enabled: false } : consoleImage(console, context),
    platform: settings.platform,
    ...(settings.orchestrator === undefined ? {} : { orchestrator: settings.orchestrator }),
    ...(settings.hostRelease === undefined ? {} : { hostRelease: settings.hostRelease }),
    ...(network === undefined ? {} : { network }),
  };
  setRoutes(apps, meaning, proxy, context);
  setOrder(drafts, proxy.name, console?.name, context);
  for (const draft of apps) {
    const given = options.replicas?.[draft.name];
    const replicas = given === undefined ? {} : { replicas: given };
    args.apps[draft.name] = orderedArguments({
      image: imageOf(draft, context),
      ...draft.args,
      ...replicas,
    }) as AppArgs;
  }
  for (const name of Object.keys(options.replicas ?? {})) {
    if (!(name in args.apps))
      findings.refuse(
        servicesAt,
        "notFound",
        `replicas: the file has no app ${name}`,
        `name one of ${apps.map((app) => app.name).join(", ")}`,
      );
  }
  const builds = buildsOf(drafts, context);
  if (Object.keys(builds).length > 0) args.builds = builds;
  checkArguments(args, drafts, servicesAt, context);
  return args;
}

/** The name of a service's image: its own, or the one that compose gives to what it builds. */
function imageOf(draft: Draft, { project, findings }: ReadContext): string {
  const { image } = draft.args;
  if (typeof image === "string") return image;
  if (draft.build === undefined) {
    findings.refuse(draft.at, "required", `${draft.name} has neither image nor build`, "give it an image");
    return "none";
  }
  return `${project}-${draft.name}`;
}

function consoleImage(draft: Draft, context: ReadContext): { image: string } {
  return { image: imageOf(draft, context) };
}

function buildsOf(drafts: readonly Draft[], context: ReadContext): Record<string, ImageBuildArgs> {
  const builds: Record<string, ImageBuildArgs> = {};
  for (const draft of drafts) if (draft.build !== undefined) builds[imageOf(draft, context)] = draft.build;
  return builds;
}
