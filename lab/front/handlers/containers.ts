import { EngineRefusal, given, type ContainerConfig, type CreateBody, type HostConfig } from "../api";
import { createFaults, portFaults, securityFaults, updateFaults } from "../checks";
import { createBelow, type CreateImage } from "../create";
import type { Exchange } from "../exchange";
import { nameFits, readFilters } from "../filters";
import type { FrontContext } from "../front";
import { labLabels } from "../identity";
import { windowsMounts } from "../mounts";
import {
  faceOfLabels,
  showContainer,
  showImageConfig,
  showListed,
  type ImageInspection,
  type Inspection,
  type ListedContainer,
} from "../show";
import { imageRelease, isolationOf, starts } from "../windowsHost";
import { belowPath, belowPathAsWritten, hasDrive } from "../windowsPaths";
import { ownContainer, ownNetwork, unlessMissing } from "./own";

export async function list(exchange: Exchange, context: FrontContext): Promise<void> {
  const { identity, view } = context;
  const { name, network, label = [], ...rest } = readFilters(exchange.query.get("filters"));
  const networks = network && (await Promise.all(network.map((one) => networkId(context, one))));
  const filters = { ...rest, label: [...label, identity.filter], ...(networks && { network: networks }) };
  exchange.query.set("filters", JSON.stringify(filters));
  await exchange.passJson((below: ListedContainer[]) =>
    below
      .filter(({ Names }) => Names.some((each) => nameFits(identity.hide(each).slice(1), name)))
      .map((container) => showListed(container, view)),
  );
}

async function networkId(context: FrontContext, name: string): Promise<string> {
  const found = await unlessMissing(ownNetwork(context, name));
  return found?.Id ?? context.identity.below(name);
}

export async function create(exchange: Exchange, context: FrontContext): Promise<void> {
  const { engine, host, identity, below, look } = context;
  const body = await exchange.json<CreateBody>();
  const platform = exchange.query.get("platform") ?? "";
  const [system = ""] = platform.split("/");
  if (!["", "windows"].includes(system))
    throw new EngineRefusal(400, `image operating system "${system}" cannot be used on this platform`);
  exchange.query.delete("platform");

  const [fault] = createFaults(body, host, look);
  if (fault !== undefined) throw new EngineRefusal(400, fault);
  const reference = body.Image ?? "";
  const found = await engine.json<ImageInspection>("GET", `/images/${encodeURI(reference)}/json`);
  const labels = found.Config?.Labels ?? {};
  const image: CreateImage = {
    isCell: labLabels.cell in labels,
    release: imageRelease(reference, labels, host),
    config: showImageConfig(found.Config),
  };

  const name = given(exchange.query.get("name")?.replace(/^\//, ""));
  if (name !== undefined) exchange.query.set("name", identity.below(name));
  const { mounts } = windowsMounts(body.HostConfig ?? {}, look);
  const translated = createBelow(body, name, image, mounts, below);
  translated.HostConfig = { ...translated.HostConfig, ...(await idsOfOthers(body.HostConfig, context)) };
  await exchange.pass({ body: translated });
}

/** Containers that a request names are known below by their ids. */
async function idsOfOthers(host: HostConfig | null | undefined, context: FrontContext): Promise<HostConfig> {
  const { NetworkMode: mode = "", VolumesFrom: from } = host ?? {};
  const id = async (name: string): Promise<string> => (await ownContainer(context, name)).Id;
  return {
    ...(mode.startsWith("container:") && {
      NetworkMode: `container:${await id(mode.slice("container:".length))}`,
    }),
    ...(from && {
      VolumesFrom: await Promise.all(
        from.map(async (spec) => {
          const [name = "", ...mode] = spec.split(":");
          return [await id(name), ...mode].join(":");
        }),
      ),
    }),
  };
}

export async function inspect(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownContainer(context, name);
  await exchange.passJson((below: Inspection) => showContainer(below, context.view), {
    path: `/containers/${Id}/json`,
  });
}

export async function start(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const container = await ownContainer(context, name);
  const action = exchange.path.endsWith("/restart") ? "restart" : "start";
  if (action === "restart" || !container.State.Running) {
    await refuseStart(container, context).catch(async (error: unknown) => {
      // `run --rm` waits until the engine has taken away what did not start.
      if (container.HostConfig.AutoRemove === true)
        await context.engine.json("DELETE", `/containers/${container.Id}?v=1`);
      throw error;
    });
    await context.delays.beforeStart();
  }
  await exchange.pass({ path: `/containers/${container.Id}/${action}` });
}

/** What a Windows engine finds out only when a container starts. */
async function refuseStart(container: Inspection, context: FrontContext): Promise<void> {
  const face = faceOfLabels(container.Config.Labels);
  if (face === undefined) return;
  const { identity, host } = context;
  const { Isolation, NetworkMode = "default", PortBindings, SecurityOpt } = face.hostConfig;
  const [securityFault] = securityFaults(SecurityOpt);
  if (securityFault !== undefined) throw new EngineRefusal(400, securityFault);

  const network = NetworkMode === "default" ? "nat" : NetworkMode;
  if (network.startsWith("container:")) {
    const other = await ownContainer(context, network.slice("container:".length));
    if (isolationOf(faceOfLabels(other.Config.Labels)?.hostConfig.Isolation, host) === "hyperv")
      throw new EngineRefusal(500, "sharing of hyperv containers network is not supported");
  } else if (!["nat", "none"].includes(network)) {
    await ownNetwork(context, network).catch((error: unknown) => {
      if (!(error instanceof EngineRefusal)) throw error;
      throw new EngineRefusal(
        404,
        `could not find a network matching network mode ${network}: ${error.message}`,
      );
    });
  }
  const [portFault] = portFaults(PortBindings);
  if (portFault !== undefined) {
    const name = identity.hide(container.Name).slice(1);
    throw new EngineRefusal(500, `failed to create endpoint ${name} on network ${network}: ${portFault}`);
  }
  if (!starts(host, face.release, isolationOf(Isolation, host)))
    throw new EngineRefusal(
      500,
      `hcs::CreateComputeSystem ${container.Id}: The container operating system does not match the host operating system. (0xc0370101)`,
    );
}

/** SIGKILL ends a container's processes, any other signal shuts it down (moby, for Windows). */
export async function kill(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownContainer(context, name);
  const signal = exchange.query.get("signal") ?? "";
  exchange.query.set("signal", ["", "9", "KILL", "SIGKILL"].includes(signal) ? "SIGKILL" : "SIGTERM");
  await exchange.pass({ path: `/containers/${Id}/kill` });
}

export async function rename(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownContainer(context, name);
  exchange.query.set("name", context.identity.below((exchange.query.get("name") ?? "").replace(/^\//, "")));
  await exchange.pass({ path: `/containers/${Id}/rename` });
}

/** Only the restart policy of a container can be changed. */
export async function update(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownContainer(context, name);
  const body = await exchange.json<HostConfig>();
  const [fault] = updateFaults(body, context.host, Id);
  if (fault !== undefined) throw new EngineRefusal(fault.startsWith("Cannot update") ? 500 : 400, fault);
  await exchange.pass({
    path: `/containers/${Id}/update`,
    body: body.RestartPolicy === undefined ? {} : { RestartPolicy: body.RestartPolicy },
  });
}

export async function pause(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id, Config } = await ownContainer(context, name);
  const isolation = isolationOf(faceOfLabels(Config.Labels)?.hostConfig.Isolation, context.host);
  if (isolation === "process")
    throw new EngineRefusal(500, `Cannot pause container ${Id}: cannot pause Windows Server Containers`);
  await exchange.pass({ path: `/containers/${Id}/pause` });
}

export function exportRefused(): never {
  throw new EngineRefusal(
    500,
    "the daemon on this operating system does not support exporting Windows containers",
  );
}

/** `docker cp`: paths of the container; while it runs in Hyper-V its files cannot be reached. */
export async function archive(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id, State, Config } = await ownContainer(context, name);
  const isolation = isolationOf(faceOfLabels(Config.Labels)?.hostConfig.Isolation, context.host);
  if (State.Running && isolation === "hyperv")
    throw new EngineRefusal(
      500,
      "filesystem operations against a running Hyper-V container are not supported",
    );
  const path = exchange.query.get("path") ?? "";
  if (isCell(Config) || hasDrive(path)) exchange.query.set("path", await placeOf(path, Id, context));
  await exchange.stream({ path: `/containers/${Id}/archive` });
}

/** A file may have been made with capitals, so it is looked for as it is written, too. */
async function placeOf(path: string, id: string, { engine }: FrontContext): Promise<string> {
  const asWritten = belowPathAsWritten(path);
  const query = `path=${encodeURIComponent(asWritten)}`;
  const answer = await engine.send({ method: "HEAD", path: `/containers/${id}/archive?${query}` });
  answer.resume();
  return answer.statusCode === 200 ? asWritten : belowPath(path);
}

/** A container has the labels of its image. */
export function isCell(config: ContainerConfig): boolean {
  return labLabels.cell in (config.Labels ?? {});
}

export async function passOn(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  await exchange.pass({ path: await pathOf(exchange, context, name) });
}

export async function streamOn(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  await exchange.stream({ path: await pathOf(exchange, context, name) });
}

async function pathOf(exchange: Exchange, context: FrontContext, name: string): Promise<string> {
  const { Id } = await ownContainer(context, name);
  const [, , , ...rest] = exchange.path.split("/");
  return ["/containers", Id, ...rest].join("/");
}

export async function prune(exchange: Exchange, { identity }: FrontContext): Promise<void> {
  const { label = [], ...rest } = readFilters(exchange.query.get("filters"));
  exchange.query.set("filters", JSON.stringify({ ...rest, label: [...label, identity.filter] }));
  await exchange.pass();
}
