import { reachEngine } from "../engine/connection";
import type { EngineOptions } from "../engine/settings";
import { CommandError, exitCodes, type ExitCode } from "../exitCodes";
import { filterOf, noSuchFarm } from "../filter";
import type { Io } from "../io";
import { messageOf } from "../../sdk/errorText";
import { servePage, type ServedPage } from "./server";
import { FarmWatch } from "./watch";

/** Options of `webfarm page`. */
export interface PageOptions extends EngineOptions {
  json?: boolean;
  /** 0 for any that is free. */
  port: number;
}

/** `webfarm page`: serves the status of farms as a page to this machine's browsers, until Ctrl-C. */
export async function page(
  farm: string | undefined,
  options: PageOptions,
  version: string,
  io: Io,
): Promise<ExitCode> {
  const watch = new FarmWatch(await reachEngine(options, io.note), filterOf(farm, options), version);
  try {
    const { farms } = await watch.look();
    if (farm !== undefined && farms.length === 0) throw noSuchFarm(farm);
    const served = await serve(watch, options.port);
    if (options.json === true) io.out(JSON.stringify({ url: served.url }));
    else io.out(`The status page is at ${served.url} until Ctrl-C.`);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
    });
    await served.close();
    return exitCodes.ok;
  } finally {
    watch.close();
  }
}

function serve(watch: FarmWatch, port: number): Promise<ServedPage> {
  return servePage(() => watch.look(), port).catch((error: unknown) => {
    throw new CommandError(
      `the page cannot be served: ${messageOf(error)}`,
      "give another --port, or none for any that is free",
      exitCodes.found,
    );
  });
}
