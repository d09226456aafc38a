import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { without, type CreateBody } from "./api";
import { createBelow, type Below, type CreateImage } from "./create";
import { showEvent } from "./events";
import { execBelow } from "./exec";
import { nameFits, readFilters } from "./filters";
import { FrontIdentity } from "./identity";
import { Delays } from "./knobs";
import { windowsMounts } from "./mounts";
import { routeOf } from "./router";
import { showContainer, showExec, type View } from "./show";
import { belowPath, windowsPath } from "./windowsPaths";

const identity = new FrontIdentity("0badcafe");
const below: Below = {
  identity,
  directory: (path) => `/state${belowPath(path)}`,
  publishAddress: "192.0.2.9",
  environment: { WEBFARM_LAB_SEED: "7" },
  dns: ["127.0.0.2"],
};
const view: View = {
  identity,
  host: { release: "2016", isolation: "process", cpus: 2 },
  hostPath: (path) => windowsPath(path.replace("/state", "")),
};
const cell: CreateImage = {
  isCell: true,
  release: "2016",
  config: { Cmd: ["c:\\nginx\\nginx.exe"], WorkingDir: "c:\\nginx" },
};

function create(body: CreateBody, image = cell): CreateBody {
  const { mounts, faults } = windowsMounts(body.HostConfig ?? {}, () => "directory");
  expect(faults).toEqual([]);
  return createBelow(body, "web", image, mounts, below);
}

describe("a create request for a cell", () => {
  const body: CreateBody = {
    Image: "mvcdemo:1",
    Entrypoint: ["cmd"],
    Cmd: ["/c", "echo", "%PATH%"],
    WorkingDir: "c:\\Web App",
    User: "ContainerUser",
    Healthcheck: { Test: ["CMD-SHELL", "curl.exe -f http://localhost"], Interval: 1e9 },
    Env: ["A=1"],
    Labels: { team: "shop" },
    HostConfig: {
      Binds: ["C:\\Containers\\Data:c:\\inetpub\\App_Data:ro", "logs:c:\\logs"],
      NetworkMode: "nat",
      PortBindings: { "80/tcp": [{ HostPort: "8080" }] },
      Isolation: "process",
      Links: ["db:db"],
      CpuPercent: 50,
    },
    NetworkingConfig: { EndpointsConfig: { nat: { Aliases: ["webapp"] } } },
  };

  it("runs the Windows program by the cell's own, on drive c: as /c, under the front's names", () => {
    expect(create(body)).toMatchObject({
      Entrypoint: ["/lab/run"],
      Cmd: ["cmd", "/c", "echo", "%PATH%"],
      WorkingDir: "/c/web app",
      User: "",
      Healthcheck: { Test: ["CMD", "/lab/exec", "cmd", "/S", "/C", "curl.exe -f http://localhost"] },
      Env: ["A=1", "WEBFARM_LAB_SEED=7", "WEBFARM_LAB_RELEASE=2016", "WEBFARM_LAB_CWD=c:\\Web App"],
      HostConfig: {
        Binds: ["/state/c/containers/data:/c/inetpub/app_data:ro", "lab-0badcafe-logs:/c/logs"],
        NetworkMode: "lab-0badcafe-nat",
        PortBindings: { "80/tcp": [{ HostIp: "192.0.2.9", HostPort: "8080" }] },
        Isolation: "",
        Links: null,
        NanoCpus: 5e8,
      },
      NetworkingConfig: { EndpointsConfig: { "lab-0badcafe-nat": { Aliases: ["webapp", "web"] } } },
    });
  });

  it("is shown by an inspection as it was asked for", () => {
    const { HostConfig: hostConfig, NetworkingConfig: networking, ...config } = create(body);
    const shown = showContainer(
      {
        Id: "0".repeat(64),
        Name: "/lab-0badcafe-web",
        State: { Running: true },
        Config: config,
        HostConfig: hostConfig ?? {},
        Mounts: [
          { Type: "bind", Source: "/state/c/containers/data", Destination: "/c/inetpub/app_data" },
          { Type: "volume", Name: "lab-0badcafe-logs", Source: "/x", Destination: "/c/logs" },
        ],
        NetworkSettings: {
          Ports: { "80/tcp": [{ HostIp: "192.0.2.9", HostPort: "8080" }] },
          Networks: networking?.EndpointsConfig as never,
        },
      },
      view,
    );
    const asked = without(body, "HostConfig", "NetworkingConfig");
    expect(shown).toMatchObject({
      Platform: "windows",
      Path: "cmd",
      Args: ["/c", "echo", "%PATH%"],
      Config: asked,
      HostConfig: body.HostConfig,
      Mounts: [
        { Source: "c:\\containers\\data", Destination: "c:\\inetpub\\app_data" },
        { Source: "C:\\ProgramData\\docker\\volumes\\logs\\_data", Destination: "c:\\logs" },
      ],
      NetworkSettings: { Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] } },
    });
    const text = identity.hide(JSON.stringify(shown));
    expect(text).toContain('"Networks":{"nat":{"Aliases":["webapp"]}}');
    expect(text).not.toMatch(/webfarm\.lab|WEBFARM_LAB|\/lab\/|0badcafe/);
  });

  it("has the image's command, directory and health check where it names none", () => {
    const health = { Test: ["CMD", "curl.exe"], Interval: 5e9 };
    const image = { ...cell, config: { ...cell.config, Healthcheck: health } };
    expect(create({ Image: "a", Healthcheck: { Interval: 1e9 } }, image)).toMatchObject({
      Cmd: ["c:\\nginx\\nginx.exe"],
      WorkingDir: "/c/nginx",
      Healthcheck: { Test: ["CMD", "/lab/exec", "curl.exe"], Interval: 1e9 },
    });
    expect(create({ Image: "a", Entrypoint: ["cmd"] }).Cmd).toEqual(["cmd"]);
  });
});

it("leaves the program of a Linux image alone and turns its paths", () => {
  const linux: CreateImage = { isCell: false, release: "2016", config: { Cmd: ["/webapp"] } };
  const made = create({ Image: "a", HostConfig: { Binds: ["data:c:\\data"] } }, linux);
  expect(made.Cmd).toBeUndefined();
  expect(made.HostConfig?.Binds).toEqual(["lab-0badcafe-data:/c/data"]);
});

it("publishes all exposed ports where only that is asked for, at the host's address", () => {
  const image = { ...cell, config: { ExposedPorts: { "80/tcp": {} } } };
  const hostConfig = { PublishAllPorts: true, PortBindings: { "90/tcp": [{ HostPort: "9000" }] } };
  expect(create({ Image: "a", HostConfig: hostConfig }, image).HostConfig).toMatchObject({
    PublishAllPorts: false,
    PortBindings: {
      "80/tcp": [{ HostIp: "192.0.2.9", HostPort: "" }],
      "90/tcp": [{ HostIp: "192.0.2.9", HostPort: "9000" }],
    },
  });
});

it("runs a process in a cell by the cell's own program, and shows the command", () => {
  expect(execBelow({ Cmd: ["cmd", "/c", "dir"], WorkingDir: "c:\\a", User: "ContainerUser" })).toEqual({
    Cmd: ["/lab/exec", "cmd", "/c", "dir"],
    WorkingDir: "/c/a",
    Env: ["WEBFARM_LAB_CWD=c:\\a"],
  });
  const process = { entrypoint: "/lab/exec", arguments: ["cmd", "/c", "dir"] };
  expect(showExec({ ProcessConfig: process })).toEqual({
    ProcessConfig: { entrypoint: "cmd", arguments: ["/c", "dir"] },
  });
});

it("shows the events of its own containers only, without the laboratory's words", () => {
  const event = (labels: Record<string, string>) =>
    JSON.stringify({
      Type: "container",
      Action: "exec_create: /lab/exec cmd /c dir",
      Actor: { ID: "1", Attributes: { name: "lab-0badcafe-web", team: "shop", ...labels } },
    });
  expect(JSON.parse(showEvent(event(identity.labels), identity) ?? "")).toEqual({
    Type: "container",
    Action: "exec_create: cmd /c dir",
    Actor: { ID: "1", Attributes: { name: "web", team: "shop" } },
  });
  expect(showEvent(event({ "webfarm.lab.front": "another" }), identity)).toBeUndefined();
});

it("turns any path of a drive there and back", () => {
  const segment = fc.stringMatching(/^[a-z0-9_. -]*[a-z0-9]$/).filter((name) => name !== "");
  fc.assert(
    fc.property(fc.constantFrom("c", "d"), fc.array(segment, { minLength: 1 }), (drive, segments) => {
      const path = `${drive}:\\${segments.join("\\")}`;
      expect(windowsPath(belowPath(path))).toBe(path);
      expect(belowPath(path.toUpperCase().replaceAll("\\", "/"))).toBe(belowPath(path));
    }),
  );
});

it("reads filters in both ways that clients write them", () => {
  expect(readFilters('{"name":["a"],"label":{"b=c":true,"d":false}}')).toEqual({
    name: ["a"],
    label: ["b=c"],
  });
  expect(nameFits("web-1", ["^/web"])).toBe(true);
  expect(nameFits("web-1", ["api"])).toBe(false);
});

it("knows images by names with slashes, and refuses what it does not know", () => {
  expect(routeOf("GET", "/images/mcr.microsoft.com/windows/servercore:ltsc2022/json")?.parts).toEqual([
    "mcr.microsoft.com/windows/servercore:ltsc2022",
  ]);
  expect(routeOf("POST", "/swarm/init")).toBeUndefined();
  expect(routeOf("POST", "/images/prune")).toBeUndefined();
});

it("draws the same delays from the same seed", () => {
  const row = (seed: number) =>
    Array.from(
      { length: 5 },
      function (this: Delays) {
        return this.draw();
      },
      new Delays({ seed }),
    );
  expect(row(1)).toEqual(row(1));
  expect(row(1)).not.toEqual(row(2));
});
