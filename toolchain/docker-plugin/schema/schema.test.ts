import { describe, expect, it } from "vitest";
import { UNKNOWN } from "../values";
import { type Attributes, boolean, integer, list, map, set, string } from "./attribute";
import { checkInputs } from "./check";
import { diffAttributes } from "./diff";
import { planCreate, planUpdate } from "./plan";
import { refreshInputs } from "./refresh";

const attributes: Attributes = {
  name: string({ required: true }),
  size: integer({ inPlace: true }),
  retries: integer({ default: 3, inPlace: true }),
  quiet: boolean({ default: false }),
  options: map(),
  words: list(),
  envs: set(),
  address: string({ output: true }),
  ports: set({
    internal: integer({ required: true }),
    external: integer({ computed: true }),
    note: string(),
  }),
  swarm: string({ unsupported: "not here" }),
  user: string({ emptyKeepsState: true }),
};

const changes = (state: Parameters<typeof diffAttributes>[1], inputs: typeof state): string[] =>
  diffAttributes(attributes, { name: "a", retries: 3, ...state }, { name: "a", ...inputs }).map(
    ({ path, kind, replaces }) => `${kind} ${path}${replaces ? " replaces" : ""}`,
  );

describe("checkInputs", () => {
  it("refuses by name what cannot be honoured", () => {
    const { failures } = checkInputs(attributes, {
      size: 1.5,
      swarm: "x",
      bogus: 1,
      words: [1],
      address: "x",
    });
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "address",
      "bogus",
      "name",
      "size",
      "swarm",
      "words",
    ]);
  });

  it("names the place of a bad entry", () => {
    const { failures } = checkInputs(attributes, { name: "a", ports: [{ internal: 80 }, { internal: "x" }] });
    expect(failures.map(({ property }) => property)).toEqual(["ports[1].internal"]);
  });

  it("lets pass what is not known yet", () => {
    expect(checkInputs(attributes, { name: UNKNOWN, ports: [UNKNOWN], words: UNKNOWN }).failures).toEqual([]);
  });
});

describe("diffAttributes", () => {
  it("takes null, empty and zero for the same", () => {
    expect(changes({ size: 0, options: null, words: [], quiet: null }, {})).toEqual([]);
  });

  it("gives the path and kind of each change", () => {
    expect(changes({ size: 1, options: { a: "1", b: "2" } }, { options: { a: "9", "c.d": "3" } })).toEqual([
      "DELETE size",
      "UPDATE options.a replaces",
      "DELETE options.b replaces",
      'ADD options["c.d"] replaces',
    ]);
  });

  it("takes what an image sets, and the inputs do not, for no change", () => {
    expect(changes({ user: "app" }, {})).toEqual([]);
    expect(changes({ user: "app" }, { user: "" })).toEqual([]);
    expect(changes({ user: "app" }, { user: "root" })).toEqual(["UPDATE user replaces"]);
  });

  it("minds the order of lists and not of sets", () => {
    expect(changes({ words: ["a", "b"], envs: ["a", "b"] }, { words: ["b", "a"], envs: ["b", "a"] })).toEqual(
      ["UPDATE words[0] replaces", "UPDATE words[1] replaces"],
    );
  });

  it("compares entries without what the engine decided", () => {
    const state = { ports: [{ internal: 80, external: 32768, note: "" }] };
    expect(changes(state, { ports: [{ internal: 80 }] })).toEqual([]);
    expect(changes(state, { ports: [{ internal: 81 }] })).toEqual(["UPDATE ports[0].internal replaces"]);
    expect(changes(state, { ports: [{ internal: 80 }, { internal: 81 }] })).toEqual([
      "ADD ports[1] replaces",
    ]);
  });

  it("counts a value that is not known yet as a change", () => {
    expect(changes({ envs: ["A=1"] }, { envs: [UNKNOWN] })).toEqual(["UPDATE envs[0] replaces"]);
    expect(changes({ size: 1 }, { size: UNKNOWN })).toEqual(["UPDATE size"]);
  });
});

describe("planned outputs", () => {
  it("keep what is known and leave open what the engine decides", () => {
    expect(planCreate(attributes, { name: "a", ports: [{ internal: 80 }], envs: [UNKNOWN] })).toMatchObject({
      name: "a",
      size: null,
      quiet: false,
      address: UNKNOWN,
      envs: [UNKNOWN],
      ports: [{ internal: 80, external: UNKNOWN, note: "" }],
    });
  });

  it("keep in an update what the engine decided before", () => {
    const state = { name: "a", address: "x", ports: [{ internal: 80, external: 32768, note: "" }] };
    expect(planUpdate(attributes, state, { name: "a", size: 2, ports: [{ internal: 80 }] })).toMatchObject({
      size: 2,
      address: "x",
      ports: [{ internal: 80, external: 32768 }],
    });
  });
});

it("follows drift in the inputs that there were, and drops the default that is none any more", () => {
  const inputs = { name: "a", retries: 3, envs: ["b", "a"], __defaults: ["retries"] };
  expect(refreshInputs(attributes, inputs, { name: "a", retries: 5, envs: ["a", "b"], size: 7 })).toEqual({
    name: "a",
    retries: 5,
    envs: ["b", "a"],
    __defaults: [],
  });
});
