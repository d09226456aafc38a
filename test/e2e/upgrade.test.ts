import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { library } from "../support/library";
import { TestProject } from "../support/project";

const fixtures = resolve(__dirname, "../fixtures");
const program = readFileSync(join(__dirname, "programs/upgrade/index.js"), "utf8");

/** The states that older versions made of the program, each called after the commit. */
const states = readdirSync(join(fixtures, "upgrade")).filter((name) => name.endsWith(".json"));

let project: TestProject;

afterEach(() => project.remove());

const settings = [
  `process.env.WEBFARM_LIBRARY = ${JSON.stringify(library)};`,
  `process.env.WEBFARM_FIXTURES = ${JSON.stringify(fixtures)};`,
].join("\n");

/** `op urn` of each step that a preview plans, leaving out what stays. */
function stepsOf(preview: string): string[] {
  const { steps } = JSON.parse(preview) as { steps: { op: string; urn: string }[] };
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`);
}

describe("a stack of an older version", () => {
  // The engine decides by the state alone what a change replaces, so the containers need not be there.
  it.each(states)(
    "%s: nothing is replaced, created or deleted",
    async (state) => {
      project = await TestProject.create({
        "Pulumi.yaml":
          "name: upgrade\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n",
        "package.json": "{}",
        "index.js": `${settings}\n${program}`,
        "state.json": readFileSync(join(fixtures, "upgrade", state), "utf8"),
      });
      const imported = await project.run("stack", "import", "--file", "state.json");
      expect([imported.exitCode, imported.output]).toEqual([0, expect.any(String)]);
      const { exitCode, stdout, output } = await project.run("preview", "--json");
      expect([exitCode, exitCode === 0 ? "" : output]).toEqual([0, ""]);
      const steps = stepsOf(stdout);
      console.log(`upgrade from ${state}: ${steps.join(", ")}`);
      expect(steps.filter((step) => !step.startsWith("update "))).toEqual([]);
      // What is told anew: the proxies, and what this version sets otherwise without a new container.
      expect(steps.filter((step) => !/^update (set|farm)-proxy(-reload)?$/.test(step))).toEqual([]);

      // The same comparison sees a change that does replace.
      const other = program.replaceAll("pulumi-webfarm/nginx:1.22.1", "pulumi-webfarm/nginx:0");
      await project.write("index.js", `${settings}\n${other}`);
      expect(stepsOf((await project.run("preview", "--json")).stdout)).toContain("replace set-proxy");
    },
    180_000,
  );
});
