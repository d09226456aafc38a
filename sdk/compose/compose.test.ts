import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { FarmError } from "../schema/farmError";
import { ComposeError } from "./findings";
import { readCompose, type ComposeOptions } from "./readCompose";
import { refusedNetworkKeys, refusedServiceKeys, refusedTopKeys, refusedVolumeKeys } from "./refusedKeys";

const fixtures = join(__dirname, "../../test/fixtures/compose");

/** Reads a file of the corpus, as if its folder were the project's. */
function readFixture(path: string, options: Partial<ComposeOptions> = {}) {
  const folder = dirname(join(fixtures, path));
  return readCompose({
    files: [{ file: path.split("/").at(-1) ?? path, text: readFileSync(join(fixtures, path), "utf8") }],
    directory: "c:\\shop",
    read: (name) => {
      const local = join(folder, name.replace(/^c:[\\/]shop[\\/]/, "").replaceAll("\\", "/"));
      return existsSync(local) ? readFileSync(local, "utf8") : undefined;
    },
    ...options,
  });
}

function errorOf(work: () => unknown): ComposeError {
  try {
    work();
  } catch (error) {
    if (error instanceof ComposeError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the field report's file", () => {
  it("is read unchanged, and is the farm that one writes in code", () => {
    const { args, notes } = readFixture("field-report/docker-compose.yml");
    expect(args).toEqual({
      platform: "windows",
      apps: {
        webapp: {
          image: "andrew0928/mvcdemo:1.0",
          ports: [{ container: 80 }],
          volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }],
        },
      },
      proxy: { image: "andrew0928/mvcproxy", publish: 80 },
      console: { image: "microsoft/windowsservercore" },
      network: "nat",
      builds: { "andrew0928/mvcproxy": { context: "c:\\shop\\mvcproxy" } },
    });
    // What of the old proxy the farm does in its own way is told, line by line.
    expect(notes.map(({ path }) => path)).toContain("mvcproxy/nginx.conf:1:1");
  });
});

describe("valid files", () => {
  it.each(["anchors", "routes"])("%s", async (name) => {
    const farm = readFixture(`valid/${name}/docker-compose.yml`);
    await expect(JSON.stringify(farm, undefined, 2) + "\n").toMatchFileSnapshot(
      join(fixtures, `valid/${name}/farm.golden.json`),
    );
  });

  it("are laid one over the other, and take replicas by name", () => {
    const base =
      "services:\n  webapp: { image: a:1, ports: ['80'], environment: [A=1, B=2] }\n  proxy: { image: my/nginx, depends_on: [webapp], ports: ['80:80'] }\n";
    const over =
      "services:\n  webapp:\n    image: a:2\n    environment: { B: 3 }\n    ports: ['81']\n  db: { image: db:1 }\n";
    const { args } = readCompose({
      files: [
        { file: "base.yml", text: base },
        { file: "over.yml", text: over },
      ],
      replicas: { webapp: 4 },
    });
    expect(args.apps).toEqual({
      webapp: {
        image: "a:2",
        replicas: 4,
        ports: [{ container: 80 }, { container: 81 }],
        environment: { A: "1", B: "3" },
      },
      db: { image: "db:1" },
    });
  });

  it("have only those services whose profiles are asked for", () => {
    const { args } = readFixture("valid/anchors/docker-compose.yml", { profiles: ["debug"] });
    expect(Object.keys(args.apps)).toEqual(["webapp", "worker", "debug"]);
  });
});

describe("refused files", () => {
  const names = readdirSync(join(fixtures, "refused"))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => name.replace(/\.yml$/, ""));

  it.each(names)("%s", async (name) => {
    const error = errorOf(() => readFixture(`refused/${name}.yml`));
    const text = error.issues.map(({ path, code }) => `${path} ${code}`).join("\n");
    await expect(`${text}\n\n${error.message}\n`).toMatchFileSnapshot(
      join(fixtures, `refused/${name}.golden.txt`),
    );
  });

  it("cover every key that is refused", () => {
    const all = ["service-keys", "top-keys", "networks", "volumes"]
      .map((name) => errorOf(() => readFixture(`refused/${name}.yml`)).message)
      .join("\n");
    for (const keys of [refusedServiceKeys, refusedTopKeys, refusedNetworkKeys, refusedVolumeKeys]) {
      for (const key of Object.keys(keys)) if (key !== "ipam") expect(all).toContain(` ${key}: `);
    }
  });

  it("are refused with line, caret, code and way out, all at once", () => {
    const text =
      "services:\n  webapp:\n    image: a:1\n    ports: ['80']\n    privileged: true\n    dns_opt: [x]\n    imge: b\n  proxy: { image: my/nginx, depends_on: [webapp], ports: ['80:80'] }\n";
    const error = errorOf(() => readCompose({ files: [{ file: "docker-compose.yml", text }] }));
    expect(error).toBeInstanceOf(FarmError);
    expect(error.message).toBe(
      [
        "docker-compose.yml: 3 faults; nothing was created.",
        "  - docker-compose.yml:5:5: privileged: privileged mode is not supported for Windows containers",
        "        5 |     privileged: true",
        "          |     ^",
        "      -> leave it out",
        "  - docker-compose.yml:6:5: dns_opt: Windows engines do not support --dns-opt",
        "        6 |     dns_opt: [x]",
        "          |     ^",
        "      -> leave it out, or give full names",
        "  - docker-compose.yml:7:5: no such key: imge",
        "        7 |     imge: b",
        "          |     ^",
        "      -> did you mean image?",
      ].join("\n"),
    );
  });
});

describe("files that would take for ever", () => {
  it("are refused: aliases of aliases", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++) {
      const before = String.fromCharCode(96 + level);
      lines.push(
        `${String.fromCharCode(97 + level)}: &${String.fromCharCode(97 + level)} [${Array(9).fill(`*${before}`).join(", ")}]`,
      );
    }
    const error = errorOf(() => readCompose({ files: [{ file: "a.yml", text: lines.join("\n") }] }));
    expect(error.issues.map(({ code }) => code)).toContain("outOfRange");
  });
});
