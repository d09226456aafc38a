import { join } from "node:path";
import { TestProject, type PulumiRun } from "../test/support/project";
import { uniqueName } from "../test/support/engine";

/** The library as users get it. */
const library = join(__dirname, "../sdk/index.js");

/** A program that a comparison deploys; its arguments are read from `args.json`. */
export class BenchProject {
  private constructor(readonly project: TestProject) {}

  /** @param body lines of JavaScript that use `farm` (our package), `docker`, `pulumi` and `args` */
  static async create(body: string, args: object): Promise<BenchProject> {
    const project = await TestProject.create(
      {
        "Pulumi.yaml": `name: ${uniqueName("bench")}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
        "package.json": "{}",
        "index.js": `const args = JSON.parse(require("node:fs").readFileSync("args.json", "utf8"));\n${body}`,
        "args.json": JSON.stringify(args),
      },
      { runSeconds: 600 },
    );
    return new BenchProject(project);
  }

  change(args: object): Promise<void> {
    return this.project.write("args.json", JSON.stringify(args));
  }

  /** Runs the CLI and fails with all it printed when it fails. */
  async run(...args: string[]): Promise<PulumiRun> {
    const run = await this.project.run(...args);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}: ${run.exitCode}\n${run.output}`);
    return run;
  }

  up(): Promise<PulumiRun> {
    return this.run("up", "--yes", "--skip-preview");
  }

  async remove(): Promise<void> {
    await this.run("destroy", "--yes", "--skip-preview");
    await this.project.remove();
  }
}

/** Requires that a program of ours begins with. */
export const ourImports = `const farm = require(${JSON.stringify(library)});\n`;
