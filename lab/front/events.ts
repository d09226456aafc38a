import type { JsonObject } from "./api";
import { cellExec } from "./create";
import type { FrontIdentity } from "./identity";

interface EngineEvent extends JsonObject {
  Type?: string;
  Action?: string;
  status?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

/**
 * A line of `GET /events` as clients of this front see it, or undefined when it is about what another made.
 * Events of images are everybody's, as the images are.
 */
export function showEvent(line: string, identity: FrontIdentity): string | undefined {
  const event = JSON.parse(line) as EngineEvent;
  const attributes = event.Actor?.Attributes ?? {};
  const own = {
    container: () => identity.owns(attributes),
    network: () => attributes.name?.startsWith(identity.prefix) ?? false,
    volume: () => event.Actor?.ID?.startsWith(identity.prefix) ?? false,
  }[event.Type ?? ""];
  if (own?.() === false) return undefined;
  const visible = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !name.startsWith("webfarm.lab.")),
  );
  if (event.Type === "network" && visible.type === "bridge") visible.type = "nat";
  const shown = {
    ...event,
    ...(event.Action !== undefined && { Action: showAction(event.Action) }),
    ...(event.status !== undefined && { status: showAction(event.status) }),
    Actor: { ...event.Actor, Attributes: visible },
  };
  return identity.hide(JSON.stringify(shown));
}

/** `exec_create: /lab/exec cmd /c dir` without the program that runs it below. */
function showAction(action: string): string {
  return action.replace(`: ${cellExec} `, ": ");
}
