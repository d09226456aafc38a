import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../toolchain/setup/process";
import { freePort } from "../../test/support/engine";
import { againstLimit, resultOf, secondsOf, type Comparison } from "../comparison";

const limitSeconds = 30;

export const setupComparison: Comparison = {
  letter: "h",
  title: "Set-up: npm start on a new clone, and again",
  async run({ root, say, short }) {
    const folder = await mkdtemp(join(tmpdir(), "webfarm-bench-"));
    const clone = join(folder, "clone");
    const execute = async (file: string, args: readonly string[], cwd: string) => {
      const { code, lines } = await run(file, args, { cwd, env: process.env, timeoutSeconds: 900 });
      if (code !== 0)
        throw new Error(`${file} ${args.join(" ")}: exit code ${code}\n${lines.slice(-20).join("\n")}`);
      return lines;
    };
    const npm = (...args: string[]) => execute("npm", ["run", "--silent", ...args], clone);
    try {
      await execute("git", ["clone", "--quiet", root, clone], folder);
      say("h: first npm start");
      let steps: string[] = [];
      const port = String(await freePort());
      const first = await secondsOf(async () => {
        // Port 80 may be another farm's.
        await npm("pulumi", "--", "stack", "select", "dev", "--create");
        await npm("pulumi", "--", "config", "set", "publishPort", port);
        steps = stepsIn(await npm("start"));
      });
      const again: number[] = [];
      for (let round = 1; round <= (short ? 1 : 3); round++) {
        say(`h: npm start again, round ${round}`);
        again.push(await secondsOf(() => npm("start")));
      }
      return [
        resultOf({
          name: "first",
          unit: "s",
          ours: { label: "npm start", figures: [first] },
          other: againstLimit("allowed for a later one", limitSeconds, 1),
          note: steps.join("; "),
        }),
        resultOf({
          name: "second and later",
          unit: "s",
          ours: { label: "npm start", figures: again },
          other: againstLimit("allowed", limitSeconds, again.length),
          goal: 1,
        }),
      ];
    } finally {
      await npm("destroy").catch((error: unknown) => {
        say(String(error));
      });
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** `[3/8] Pulumi CLI: found on PATH (0.1 s)` and the like, without the numbers of the steps. */
function stepsIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^\[\d+\/\d+\] (.+ \([\d.]+ s\))$/.exec(line)?.[1] ?? []);
}
