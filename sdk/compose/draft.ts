import type { AppArgs, ImageBuildArgs, Platform, PortArgs } from "../args";
import { formatPath } from "../schema/validate";
import type { Findings } from "./findings";
import type { Variables } from "./interpolate";
import type { Entry } from "./node";
import type { Place } from "./place";
import type { Located, Values } from "./values";

/** What a service of a compose file is in a farm. */
export type Role = "app" | "proxy" | "console";

/** What reading a service needs to know. */
export interface ReadContext {
  readonly findings: Findings;
  readonly values: Values;
  readonly platform: Platform;
  /** Folder that relative paths of the files start from. */
  readonly directory: string;
  readonly project: string;
  readonly variables: Variables;
  /** Reads a text file; undefined when it is not there. */
  readonly read: (path: string) => string | undefined;
}

/** A service of a compose file, read; arguments that the file does not give are not there. */
export interface Draft {
  readonly name: string;
  readonly role: Role;
  readonly at: Place;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The app's arguments so far. */
  readonly args: Partial<AppArgs>;
  /** Where each argument comes from, by its path: `ports[0].host`. */
  readonly places: Map<string, Place>;
  readonly ports: Located<PortArgs>[];
  readonly dependsOn: Located<string>[];
  readonly networks: Located<string>[];
  /** What `x-webfarm` says of a proxy, by the names of its arguments. */
  readonly settings: Record<string, unknown>;
  build?: ImageBuildArgs;
}

/** Sets an argument and remembers where it came from. */
export function setArgument<K extends keyof AppArgs>(
  draft: Draft,
  key: K,
  value: AppArgs[K],
  at: Place,
): void {
  draft.args[key] = value;
  draft.places.set(key, at);
}

/** Remembers where a part of an argument came from. */
export function placePart(draft: Draft, path: readonly (string | number)[], at: Place): void {
  draft.places.set(formatPath(path), at);
}
