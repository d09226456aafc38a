import { describe, expect, it } from "vitest";
import { traitsOf } from "../platform/platform";
import { FarmError, farmIssueCodes } from "./farmError";
import { windowsWebFarmIssues } from "./farmRules";
import { natServiceSchema } from "./natService";
import { serviceIssues } from "./serviceRules";
import { formatPath, show, validate } from "./validate";
import { windowsWebFarmSchema } from "./windowsWebFarm";

function faults(check: () => unknown): [path: string, code: string][] {
  try {
    check();
  } catch (error) {
    if (error instanceof FarmError) return error.issues.map(({ path, code }) => [path, code]);
    throw error;
  }
  return [];
}

const target = { traits: traitsOf("linux"), release: "2022" as const };
const service = (args: unknown) =>
  faults(() => validate(natServiceSchema, args, "test", serviceIssues(args, target)));
const farm = (args: unknown) =>
  faults(() =>
    validate(
      windowsWebFarmSchema,
      args,
      "test",
      windowsWebFarmIssues(args, { traits: traitsOf("windows"), release: "2022" }),
    ),
  );

const goodApp = { image: "a:1", ports: [{ container: 80 }] };
const goodProxy = { image: "nginx:1.28" };

describe("NatService arguments", () => {
  it.each<[string, unknown, [string, string][]]>([
    ["no image", {}, [["image", "required"]]],
    ["an empty image", { image: " " }, [["image", "required"]]],
    ["an image with a space", { image: "a b" }, [["image", "invalidFormat"]]],
    ["too few replicas", { image: "a:1", replicas: -1 }, [["replicas", "outOfRange"]]],
    ["too many replicas", { image: "a:1", replicas: 501 }, [["replicas", "outOfRange"]]],
    ["replicas that are no number", { image: "a:1", replicas: "two" }, [["replicas", "wrongType"]]],
    ["half a replica", { image: "a:1", replicas: 1.5 }, [["replicas", "wrongType"]]],
    [
      "a port beyond the range",
      { image: "a:1", ports: [{ container: 65536 }] },
      [["ports[0].container", "outOfRange"]],
    ],
    [
      "a port given twice",
      { image: "a:1", ports: [{ container: 80 }, { container: 80 }] },
      [["ports[1].container", "conflict"]],
    ],
    [
      "a fixed host port",
      { image: "a:1", ports: [{ container: 80, host: 80 }] },
      [["ports[0].host", "conflict"]],
    ],
    [
      "a volume without source",
      { image: "a:1", volumes: [{ containerPath: "/a" }] },
      [["volumes[0]", "conflict"]],
    ],
    [
      "a bad variable",
      { image: "a:1", environment: { "A B": "1" } },
      [['environment["A B"]', "invalidFormat"]],
    ],
    [
      "one of our labels",
      { image: "a:1", labels: { "webfarm.farm": "x" } },
      [['labels["webfarm.farm"]', "invalidFormat"]],
    ],
    ["a bad path", { ...goodApp, healthCheck: { path: "/a b" } }, [["healthCheck.path", "invalidFormat"]]],
    ["a check without port", { image: "a:1", healthCheck: { path: "/" } }, [["healthCheck", "conflict"]]],
    [
      "a check by both ways",
      { ...goodApp, healthCheck: { path: "/", command: "x" } },
      [["healthCheck.path", "conflict"]],
    ],
    [
      "a check by three ways",
      { ...goodApp, healthCheck: { command: "x", tcpPort: 1, path: "/", port: 80 } },
      [
        ["healthCheck.tcpPort", "conflict"],
        ["healthCheck.path", "conflict"],
        ["healthCheck.port", "conflict"],
      ],
    ],
    ["an image in capitals", { image: "Team/App:1" }, [["image", "invalidFormat"]]],
    [
      "a variable of ours",
      { image: "a:1", environment: { WEBFARM_REPLICA: "x" } },
      [["environment.WEBFARM_REPLICA", "invalidFormat"]],
    ],
    [
      "a volume's name that is a path",
      { image: "a:1", volumes: [{ volume: "./data", containerPath: "/a" }] },
      [["volumes[0].volume", "invalidFormat"]],
    ],
    ["a NUL in a value", { image: "a:1", command: ["a\0b"] }, [["command[0]", "invalidFormat"]]],
    [
      "a working directory that is relative",
      { image: "a:1", workingDir: "app" },
      [["workingDir", "invalidFormat"]],
    ],
    ["a rollout that is none", { image: "a:1", rollout: "blueGreen" }, [["rollout", "notAllowed"]]],
    [
      "a port and a volume path twice, beside faults elsewhere",
      {
        image: "",
        replicas: 0.5,
        ports: [{ container: 80 }, { container: 0 }, { container: 80 }],
        volumes: [
          { volume: "one", containerPath: "/data/" },
          { volume: "two", containerPath: "/data" },
        ],
      },
      [
        ["image", "required"],
        ["replicas", "wrongType"],
        ["ports[1].container", "outOfRange"],
        ["ports[2].container", "conflict"],
        ["volumes[1].containerPath", "conflict"],
      ],
    ],
    ["an unknown property", { image: "a:1", replica: 2 }, [["replica", "unknownKey"]]],
    ["an unknown platform", { image: "a:1", platform: "mac" }, [["platform", "notAllowed"]]],
    ["an alias that is no name", { image: "a:1", alias: "a_b" }, [["alias", "invalidFormat"]]],
  ])("refuses %s", (_, args, expected) => {
    expect(service(args)).toEqual(expected);
  });

  it.each([
    "a",
    "andrew0928/mvcdemo:1.0",
    "registry.example:5000/team/app:2.0",
    "localhost/app",
    "Registry.example/app@sha256:" + "0".repeat(64),
    "sha256:" + "f".repeat(64),
  ])("takes the image %s", (image) => {
    expect(service({ image })).toEqual([]);
  });

  it("accepts outputs where a text may come later", async () => {
    const { output } = await import("@pulumi/pulumi");
    expect(
      service({ image: output("a:1"), environment: { A: output("x"), B: Promise.resolve("y") } }),
    ).toEqual([]);
  });
});

describe("WindowsWebFarm arguments", () => {
  it("accepts the smallest farm", () => {
    expect(farm({ apps: { webapp: goodApp }, proxy: goodProxy })).toEqual([]);
  });

  it("gathers every fault with its path", () => {
    const issues = farm({
      apps: { "web app": { ...goodApp, replicas: -1 } },
      proxy: { publish: 0 },
      console: { enabled: "no" },
      hostRelease: "2012",
    });
    expect(issues).toEqual(
      expect.arrayContaining([
        ["proxy.image", "required"],
        ["proxy.publish", "outOfRange"],
        ["console.enabled", "wrongType"],
        ["hostRelease", "notAllowed"],
      ]),
    );
    expect(issues).toHaveLength(5);
  });

  it("refuses an app that the proxy could not reach, and one named like another part", () => {
    expect(farm({ apps: { webapp: { image: "a:1" } }, proxy: goodProxy })).toEqual([
      ["apps.webapp.ports", "required"],
    ]);
    expect(farm({ apps: { proxy: goodApp }, proxy: goodProxy })).toEqual([["apps.proxy", "conflict"]]);
  });

  it("refuses a farm without apps", () => {
    expect(farm({ apps: {}, proxy: goodProxy })).toEqual([["apps", "outOfRange"]]);
  });

  it.each<[string, object, [string, string][]]>([
    ["two routes without conflict", { a: goodApp, b: { ...goodApp, routes: [{ path: "/b" }] } }, []],
    ["an app off the proxy, without ports", { a: goodApp, worker: { image: "w:1" } }, []],
    [
      "one route of two apps",
      {
        a: { ...goodApp, routes: [{ path: "/x", host: "A.example" }] },
        b: { ...goodApp, routes: [{ path: "/y" }, { path: "/x/", host: "a.example" }] },
      },
      [["apps.b.routes[1]", "conflict"]],
    ],
    [
      "the first app's / taken by another",
      { a: goodApp, b: { ...goodApp, routes: [{}] } },
      [["apps.b.routes[0]", "conflict"]],
    ],
    [
      "apps that wait for each other",
      { a: { ...goodApp, dependsOn: ["b"] }, b: { image: "b:1", dependsOn: ["a", "c"] } },
      [
        ["apps.a.dependsOn", "conflict"],
        ["apps.b.dependsOn[1]", "notFound"],
        ["apps.b.dependsOn", "conflict"],
      ],
    ],
    [
      "a path with a space",
      { a: { ...goodApp, routes: [{ path: "/a b" }] } },
      [["apps.a.routes[0].path", "invalidFormat"]],
    ],
  ])("sees in several apps: %s", (_, apps, expected) => {
    expect(farm({ apps, proxy: goodProxy })).toEqual(expected);
  });

  it("names both apps of a conflict, and the way out", () => {
    const apps = { shop: goodApp, api: { ...goodApp, routes: [{ path: "/" }] } };
    expect(() =>
      validate(
        windowsWebFarmSchema,
        { apps, proxy: goodProxy },
        "test",
        windowsWebFarmIssues({ apps }, { traits: traitsOf("windows"), release: "2022" }),
      ),
    ).toThrow("/ of api is already taken by shop (apps.shop)");
  });
});

describe("FarmError", () => {
  it("says where, what and what to do, and shows no stack trace in Pulumi", () => {
    const error = new FarmError('NatService "web"', [
      { path: "ports[0].host", code: "conflict", message: "cannot be held twice", hint: "leave it out" },
    ]);
    expect(error.message).toBe(
      'NatService "web": one fault; nothing was created.\n' +
        "  - ports[0].host: cannot be held twice\n      -> leave it out",
    );
    expect((error as unknown as { __pulumiRunError: boolean }).__pulumiRunError).toBe(true);
  });

  it("has no code twice", () => {
    expect(new Set(farmIssueCodes).size).toBe(farmIssueCodes.length);
  });
});

describe("paths and values in messages", () => {
  it("writes paths as programs do", () => {
    expect(formatPath(["apps", "web-app", "ports", 0, "container"])).toBe(
      'apps["web-app"].ports[0].container',
    );
  });

  it("cuts long values", () => {
    expect(show("x".repeat(1000)).length).toBe(80);
    expect(show(undefined)).toBe("undefined");
    expect(show(Symbol("a"))).toBe("Symbol(a)");
  });
});
