import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dockerAnswer, networkFound, type Properties } from "./dockerAnswers";

interface Call {
  case: string;
  method: string;
  request: {
    preview?: boolean;
    type?: string;
    name?: string;
    tok?: string;
    properties?: Properties;
    args?: Properties;
  };
  response?: { id: string; properties: Properties; return?: Properties };
}

/** Calls of the official plugin, recorded. */
const recorded = readFileSync(join(__dirname, "../../test/fixtures/docker-plugin/recordings.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Call);

const answered = [
  "container:Container",
  "network:Network",
  "volume:Volume",
  "image:Image",
  "remoteImage:RemoteImage",
  "service:Service",
  "serviceConfig:ServiceConfig",
];

/** Not those that failed. */
const creations = recorded.filter(
  ({ case: of, method, request: { type = "", preview }, response }) =>
    method === "Create" &&
    !of.startsWith("err-") &&
    preview !== true &&
    response !== undefined &&
    answered.some((name) => type.endsWith(name)),
);

/** What each engine draws for itself: only its kind is compared. */
const drawn =
  /^(id|hostname|imageId|repoDigest|mountpoint|bridge|gateway|ipAddress|macAddress|subnet|external|options|containerLogs|ipPrefixLength)$/;

/** A value with what is drawn replaced by its kind, and without what Pulumi keeps for itself. */
function comparable(value: unknown, key = ""): unknown {
  if (drawn.test(key)) return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return value.map((part) => comparable(part));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.startsWith("__"))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, part]) => [name, comparable(part, name)]),
  );
}

describe("the mocks", () => {
  it.each(creations.map((call, index) => [`${call.case} ${call.request.name} (${index})`, call] as const))(
    "answer a creation as the official plugin does: %s",
    (_, { request: { type = "", name = "", properties = {} }, response }) => {
      const { state } = dockerAnswer(type, name, properties, 3);
      expect(comparable(state)).toEqual(comparable(response?.properties));
    },
  );

  it("answer the look-up of a network as the official plugin does", () => {
    const look = recorded.find(
      ({ method, response }) => method === "Invoke" && response?.return !== undefined,
    );
    const found = { ...look?.response?.return, options: {} };
    expect(comparable(networkFound("bridge"))).toEqual(comparable(found));
  });
});
