import fc from "fast-check";
import { hostileText } from "./hostile";

/** What a program of no type checker could pass: values of every kind, and those that break careless code. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      501,
      65_536,
      NaN,
      Infinity,
      -0,
      2 ** 53,
      10n,
      Symbol("odd"),
      [],
      {},
      [[]],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<() => unknown>(
        cyclic,
        () => nested(20_000),
        () => "a".repeat(100_000),
        () => "a.-/:".repeat(20_000),
      )
      .map((make) => make()),
  },
);

function cyclic(): unknown {
  const self: Record<string, unknown> = {};
  self.self = self;
  return self;
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

interface Change {
  /** Picks a place of the value, by its remainder. */
  at: number;
  kind: "replace" | "remove" | "add" | "rename";
  key: string;
  value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("replace", "replace", "replace", "remove", "add", "rename"),
  key: fc.oneof(
    fc.constantFrom("image", "name", "ports", "__proto__", "constructor", "toString"),
    hostileText,
  ),
  value: oddValue,
});

/** The value with one to four changes, each at a place of its own somewhere in it; sometimes something else. */
export function mangled(original: object): fc.Arbitrary<unknown> {
  const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = structuredClone(original);
    const places = placesIn(copy);
    for (const each of changes) apply(each, places);
    return copy;
  });
  return fc.oneof({ weight: 20, arbitrary: changed }, { weight: 1, arbitrary: oddValue });
}

type Container = Record<string, unknown>;
type Place = readonly [within: Container, key: string];

function placesIn(within: unknown): Place[] {
  if (typeof within !== "object" || within === null) return [];
  const container = within as Container;
  return Object.keys(within).flatMap((key): Place[] => [[container, key], ...placesIn(container[key])]);
}

function apply({ at, kind, key, value }: Change, places: readonly Place[]): void {
  const place = places[at % places.length];
  if (place === undefined) return;
  const [within, name] = place;
  if (kind === "add" || kind === "rename") define(within, key, kind === "add" ? value : within[name]);
  if (kind === "remove" || kind === "rename") Reflect.deleteProperty(within, name);
  if (kind === "replace") within[name] = value;
}

/** Also where the key is `__proto__`, as JSON.parse has it. */
function define(within: Container, key: string, value: unknown): void {
  if (Array.isArray(within)) within.push(value);
  else Object.defineProperty(within, key, { value, enumerable: true, configurable: true, writable: true });
}
