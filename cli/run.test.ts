import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { webfarm } from "../test/support/farm";
import { columns } from "./io";

/** What needs no engine: reading, writing, and being misunderstood. */
const directory = mkdtempSync(join(tmpdir(), "webfarm-command-"));
const report = join(__dirname, "../test/fixtures/compose/field-report/docker-compose.yml");

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("webfarm import", () => {
  it("prints the program that stands for a compose file, and what is done in another way", async () => {
    const { exitCode, out, notes } = await webfarm("import", report, "--name", "shop");
    expect(out).toMatch(/^import \{ WindowsWebFarm \} from "pulumi-webfarm";\n/);
    expect(out).toContain('new WindowsWebFarm("shop", {');
    expect(out).toContain('image: "andrew0928/mvcdemo:1.0"');
    expect(notes).toMatch(/nginx\.conf:\d+:\d+: /);
    expect(exitCode).toBe(0);
    const { program, notes: told } = JSON.parse(
      (await webfarm("import", report, "--name", "shop", "--json")).out,
    ) as {
      program: string;
      notes: unknown[];
    };
    expect(program.trimEnd()).toBe(out);
    expect(told).toHaveLength(notes.split("\n").length);
  });

  it("writes a file that is not there yet, and no other", async () => {
    const file = join(directory, "farm.ts");
    expect((await webfarm("import", report, "--out", file)).exitCode).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("new WindowsWebFarm");
    const again = await webfarm("import", report, "--out", file);
    expect([again.exitCode, again.notes.split("\n").slice(-2)]).toEqual([
      1,
      [`webfarm: ${file} is there already`, "  -> choose another name, or remove it"],
    ]);
  });

  it("takes variables, and names every fault of a file with line and caret", async () => {
    const file = join(directory, "docker-compose.yml");
    writeFileSync(
      file,
      "services:\n  web: { image: 'a:${TAG:?}', ports: [80] }\n  proxy: { image: nginx, depends_on: [web], privileged: true }\n",
    );
    const bad = await webfarm("import", file);
    expect(bad.exitCode).toBe(1);
    expect(bad.notes).toContain("the variable TAG is not set");
    expect(bad.notes).toContain("privileged");
    const { issues } = JSON.parse((await webfarm("import", file, "--json")).out) as {
      issues: { path: string }[];
    };
    expect(issues.map(({ path }) => path)).toEqual([`${file}:2:17`, `${file}:3:45`]);
    writeFileSync(file, readFileSync(file, "utf8").replace(", privileged: true", ""));
    const good = await webfarm("import", file, "--variable", "TAG=1", "--platform", "linux");
    expect(good.out).toContain('image: "a:1"');
    expect((await webfarm("import", file, "--variable", "TAG")).exitCode).toBe(2);
  });
});

describe("webfarm init", () => {
  it("writes a project, says what is next, and writes over nothing", async () => {
    const folder = join(directory, "shop");
    const made = await webfarm("init", folder, "--json");
    expect(made.exitCode).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([
      ".gitignore",
      "Pulumi.yaml",
      "index.ts",
      "package.json",
      "tsconfig.json",
    ]);
    expect(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).toMatch(/^name: shop\n/);
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({
      dependencies: { "pulumi-webfarm": "^1.2.3" },
    });
    const again = await webfarm("init", folder);
    expect(again.exitCode).toBe(1);
    expect(again.notes).toContain(
      "holds Pulumi.yaml, index.ts, package.json, tsconfig.json, .gitignore already",
    );
  });

  it("refuses a name that no farm can have", async () => {
    expect((await webfarm("init", join(directory, "My_Shop"))).notes).toContain(
      "my_shop is no name of a farm",
    );
    const { exitCode, out } = await webfarm("init", join(directory, "My_Shop"), "--name", "my-shop");
    expect([exitCode, out.split("\n")[1]]).toEqual([0, `  cd ${join(directory, "My_Shop")}`]);
  });
});

describe("the command line", () => {
  it("says what it does not understand, and what was meant", async () => {
    const { exitCode, notes } = await webfarm("stauts");
    expect(notes).toContain("unknown command 'stauts'\n(Did you mean status?)");
    expect(exitCode).toBe(2);
    expect((await webfarm("init", "--platform", "mac")).notes).toContain(
      "Allowed choices are windows, linux.",
    );
    expect((await webfarm()).exitCode).toBe(2);
  });

  it("shows help and version without an engine", async () => {
    expect(await webfarm("--version")).toEqual({ exitCode: 0, out: "1.2.3", notes: "" });
    const { exitCode, out } = await webfarm("--help");
    for (const command of ["status", "reload", "sweep", "doctor", "logs", "console", "import", "init"]) {
      expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"));
    }
    expect(exitCode).toBe(0);
  });

  it("lays out columns by what is seen, not by colours", () => {
    expect(
      columns([
        ["\u001b[32mok\u001b[39m", "a"],
        ["problem", "b", "c"],
      ]),
    ).toEqual(["\u001b[32mok\u001b[39m       a", "problem  b  c"]);
  });
});
