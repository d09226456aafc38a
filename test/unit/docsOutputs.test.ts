import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { checks, type DoctorFacts } from "../../cli/doctor/checks";
import { doctorText } from "../../cli/doctor/doctor";
import type { FarmContainer } from "../../cli/engine/farmContainers";
import { factsOf } from "../../cli/engine/proxyFacts";
import { importCompose } from "../../cli/import/import";
import { plain } from "../../cli/io";
import { statusText } from "../../cli/status/print";
import { statusReport } from "../../cli/status/report";
import type { NatServiceArgs } from "../../sdk/args";
import { readCompose } from "../../sdk/compose/readCompose";
import { appChange, type RunningReplica } from "../../sdk/plan/appChange";
import { planService } from "../../sdk/plan/servicePlan";
import { replicaChange, summaryLine } from "../../sdk/plan/summary";
import { traitsOf } from "../../sdk/platform/platform";
import { needsHyperV, runs } from "../../sdk/platform/releases";
import { nameFaults } from "../../sdk/preflight/names";
import { waitUntilHealthy } from "../../sdk/reload/healthGate";
import { FarmError } from "../../sdk/schema/farmError";
import { natServiceSchema } from "../../sdk/schema/natService";
import { validate } from "../../sdk/schema/validate";
import { parseSettings } from "../../stack/config";
import { allBlocks, blocksOf, outputsOfRuns, placeOf, textOf, withoutChance } from "../support/pages";
import { projectRoot } from "../support/projectRoot";
import { configuration } from "../support/proxy";
import { rolledBackFarm } from "../support/swarmPage";

const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
};

/** `webapp-1` to `webapp-COUNT`, as they run. */
const running = (count: number): RunningReplica[] =>
  Array.from({ length: count }, (_, index) => ({
    replica: `webapp-${index + 1}`,
    containerName: `old-${index + 1}`,
    image: "webapp:1",
    generation: "1",
    environment: [],
    memoryBytes: 0,
  }));

/** The line of a preview for an app of which the first `kept` replicas stay as they are. */
function changeLine(before: number, kept: number, args: Partial<NatServiceArgs>): string {
  const valid = validate(natServiceSchema, { image: "webapp:1", ...args }, "docs");
  const owner = { stack: "shop/dev", farm: "shop", service: "webapp" };
  const plan = planService(valid, {
    resourceStem: "webapp",
    owner,
    traits: traitsOf("linux"),
    release: "2022",
  });
  const planned = plan.replicas.map((replica, index) => ({
    plan: replica,
    generation: valid.generation,
    containerName: `${index < kept ? "old" : "new"}-${index + 1}`,
  }));
  return appChange("webapp", running(before), planned, valid.rollout) ?? "";
}

const soundHost: DoctorFacts = {
  engine: {
    host: "npipe:////./pipe/docker_engine",
    version: "28.0.1",
    platform: "windows",
    kernel: "10.0 20348 (20348.1.amd64fre.fe_release.210507-1500)",
    architecture: "x86_64",
    isolation: "process",
  },
  wanted: { platform: "windows", hostRelease: "2022" },
  nat: { driver: "nat", gateway: "172.30.0.1" },
  images: [{ name: "andrew0928/mvcdemo:1.0" }],
  proxies: [],
  ports: [{ port: 80, ours: false }],
};

const container = (replica: string, more: Partial<FarmContainer>): FarmContainer => ({
  id: replica,
  name: "",
  stack: "webfarm/dev",
  farm: "shop",
  service: replica.replace(/-\d+$/, ""),
  replica,
  generation: "1",
  image: "example/webapp:1.0",
  state: "running",
  health: "healthy",
  since: "Up 3 hours",
  created: 0,
  deployment: "",
  address: "",
  ports: [],
  ...more,
});

/** A farm whose second replica is not well. */
function troubledFarm(): string {
  const [first, second] = ["shop-webapp-1-38a4b98", "shop-webapp-2-bb9e17a"];
  const { text } = configuration([`${first}:80`, `${second}:80`]);
  const proxy = "shop-proxy-2e47014";
  const report = statusReport(
    { host: "unix:///var/run/docker.sock", version: "28.0.1", platform: "linux" },
    [
      container("proxy", {
        name: proxy,
        address: "172.19.0.4",
        image: "nginx:1.28",
        ports: [{ container: 80, host: 8080, protocol: "tcp" }],
      }),
      container("webapp-1", { name: first, address: "172.19.0.2" }),
      container("webapp-2", { name: second, address: "172.19.0.3", health: "unhealthy" }),
    ],
    new Map([[proxy, factsOf(text, text)]]),
  );
  return statusText(report, plain).join("\n");
}

/** An engine with one container, which has ended. */
const engineOfOneThatEnded = {
  getContainer: () => ({
    inspect: () =>
      Promise.resolve({
        RestartCount: 0,
        Config: {},
        State: {
          StartedAt: "2026-11-25T19:00:00Z",
          Dead: false,
          Status: "exited",
          Running: false,
          Restarting: false,
          ExitCode: 3,
        },
      }),
    logs: () => Promise.resolve(Buffer.from("Unhandled exception: ConnectionStrings:Shop is not set\n")),
  }),
} as unknown as Docker;

const composeText = `services:
  webapp:
    image: example/webapp:1.0
    ports: ["80"]
    privileged: true
  proxy:
    imge: b
    image: example/nginx:1.28
    depends_on: [webapp]
`;

/** What the pages say is printed, by the name above the block. */
const producers: Record<string, () => string | Promise<string>> = {
  "change-lines": () =>
    [
      changeLine(2, 2, { replicas: 5 }),
      changeLine(2, 0, { replicas: 2, image: "webapp:2" }),
      changeLine(2, 1, { replicas: 1 }),
    ].join("\n"),
  "migration-scale": () => {
    const names = ["a:80", "b:80", "c:80", "d:80", "e:80"];
    return [
      changeLine(2, 2, { replicas: 5 }),
      summaryLine([replicaChange("webapp", names.slice(0, 2), names)], "reloads"),
    ].join("\n");
  },
  "names-taken": () => {
    const labels = { "webfarm.stack": "news/dev", "webfarm.farm": "news" };
    const holder = { container: "news-webapp-1-ab12", labels, names: ["webapp"] };
    const names = { "apps.webapp": "webapp" };
    const issues = nameFaults([holder], { stack: "shop/dev", farm: "shop", network: "nat", names });
    return new FarmError('network "nat"', issues).message;
  },
  "compose-faults": () =>
    messageOf(() => readCompose({ files: [{ file: "docker-compose.yml", text: composeText }] })),
  "stack-faults": () =>
    messageOf(() =>
      parseSettings({
        platform: "mac",
        hostRelease: "2022",
        replicas: 501,
        webappImage: "webapp:1",
        apiReplicas: 1,
        apiPath: "/api",
        generation: "1",
        proxyImage: "nginx:1.28",
        publishPort: 80,
      }),
    ),
  "status-problem": troubledFarm,
  "status-swarm": rolledBackFarm,
  doctor: () => doctorText(checks(soundHost), plain).join("\n"),
  gate: () =>
    messageOf(() =>
      waitUntilHealthy(engineOfOneThatEnded, [{ name: "webapp-1", containerName: "shop-webapp-1-0a5e9b5" }], {
        service: "webapp",
        deadlineSeconds: 5,
        log: () => undefined,
        warn: () => undefined,
      }),
    ),
  import: async () => {
    const folder = join(projectRoot, "test/fixtures/compose/field-report");
    const { program, notes } = await importCompose([join(folder, "docker-compose.yml")], { name: "shop" });
    const lines = [...notes.map(({ path, message }) => `${path}: ${message}`), program.trimEnd()].join("\n");
    return lines.replaceAll(`${folder}/`, "");
  },
};

describe("what the pages say is printed", () => {
  const blocks = allBlocks();
  const shown = blocks.filter(({ output }) => output !== undefined);

  it("says of every output what prints it", () => {
    // errorCatalogue.test.ts provokes those of errors.md; plain text and drawings are no output.
    const unnamed = blocks.filter(
      ({ page, language, output }) => language === "" && output === undefined && !exempt.has(page),
    );
    expect(unnamed.map(placeOf)).toEqual([]);
    expect(new Set(shown.map(({ output }) => output))).toEqual(
      new Set([...Object.keys(producers), ...outputsOfRuns]),
    );
  });

  it.each(
    shown
      .filter(({ output }) => !(outputsOfRuns as readonly (string | undefined)[]).includes(output))
      .map((block) => [placeOf(block), block] as const),
  )("%s is what is printed", async (_, { output, text }) => {
    const produced = (await producers[output ?? ""]?.()) ?? "";
    // Only the gate's says how long something took.
    const told = output === "gate" ? withoutChance : (words: string) => words;
    expect(told(text)).toBe(told(produced));
  });
});

/** Pages whose blocks without a language are no output, or are tested elsewhere. */
const exempt = new Set(["docs/errors.md", "docs/architecture.md", "lab/README.md", "toolchain/README.md"]);

describe("docs/07-migrating-from-compose.md", () => {
  it("shows the field report's file", () => {
    const [block] = blocksOf("docs/07-migrating-from-compose.md").filter(
      ({ language }) => language === "yaml",
    );
    const file = readFileSync(
      join(projectRoot, "test/fixtures/compose/field-report/docker-compose.yml"),
      "utf8",
    );
    expect(block?.text.replaceAll('"', "'")).toBe(file.trimEnd());
  });
});

describe("docs/14-releases-and-isolation.md", () => {
  it("has the table that the library goes by", () => {
    const releases = ["2016", "2019", "2022", "2025"] as const;
    const table = textOf("docs/14-releases-and-isolation.md").split("never")[1] ?? "";
    const rows = table
      .split("\n")
      .filter((line) => line.startsWith("| 20"))
      .slice(0, releases.length)
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const list = (picked: (image: (typeof releases)[number]) => boolean) =>
      releases.filter(picked).join(", ");
    expect(rows).toEqual(
      releases.map((host) => [
        host,
        list((image) => runs(host, image) && !needsHyperV(host, image)),
        list((image) => runs(host, image) && needsHyperV(host, image)),
        list((image) => !runs(host, image)),
      ]),
    );
  });
});
