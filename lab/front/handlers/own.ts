import { EngineRefusal, type JsonObject } from "../api";
import type { FrontContext } from "../front";
import type { Inspection } from "../show";

/**
 * A container of this front by name, id or the beginning of one.
 *
 * @throws EngineRefusal when there is none
 */
export async function ownContainer({ engine, identity }: FrontContext, name: string): Promise<Inspection> {
  const wanted = name.replace(/^\//, "");
  for (const candidate of [identity.below(wanted), wanted]) {
    const found = await unlessMissing(
      engine.json<Inspection>("GET", `/containers/${encodeURIComponent(candidate)}/json`),
    );
    if (found !== undefined && identity.owns(found.Config.Labels)) return found;
  }
  throw new EngineRefusal(404, `No such container: ${wanted}`);
}

/** A network below. */
export interface OwnNetwork extends JsonObject {
  Id: string;
  Name: string;
  Driver: string;
  Labels: Record<string, string> | null;
}

/**
 * A network of this front, or `none`, by name or id.
 *
 * @throws EngineRefusal when there is none
 */
export async function ownNetwork({ engine, identity }: FrontContext, name: string): Promise<OwnNetwork> {
  for (const candidate of [identity.below(name), name]) {
    const found = await unlessMissing(
      engine.json<OwnNetwork>("GET", `/networks/${encodeURIComponent(candidate)}`),
    );
    if (found !== undefined && (identity.owns(found.Labels) || found.Driver === "null")) return found;
  }
  throw new EngineRefusal(404, `network ${name} not found`);
}

/** Undefined for what is not there, or for a beginning of an id that several have. */
export function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof EngineRefusal && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  });
}
