import { join } from "node:path";
import { runCommand } from "../toolchain/images/command";
import { debianPrograms } from "../test/support/debianPrograms";

/** What wrk saw of a server. */
export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly medianMilliseconds: number;
}

/** wrk on so many connections; Debian's, unpacked into `.webfarm/`. */
export async function wrk(url: string, { seconds = 5, connections = 20 } = {}): Promise<LoadFigures> {
  const root = await debianPrograms("wrk", ["wrk", "libluajit-5.1-2", "libluajit-5.1-common"]);
  const output = await runCommand(
    join(root, "usr/bin/wrk"),
    ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url],
    {
      environment: {
        ...process.env,
        LD_LIBRARY_PATH: ["x86_64-linux-gnu", "aarch64-linux-gnu"]
          .map((machine) => join(root, "usr/lib", machine))
          .join(":"),
      },
      timeoutSeconds: seconds + 30,
    },
  );
  return figuresIn(output);
}

/** Reads wrk's report. */
export function figuresIn(report: string): LoadFigures {
  const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(report);
  if (bad !== null) throw new Error(`wrk: ${bad[0]}`);
  const requests = /Requests\/sec:\s+([\d.]+)/.exec(report)?.[1];
  const latency = /50%\s+([\d.]+)(us|ms|s)/.exec(report);
  if (requests === undefined || latency === null) throw new Error(`wrk's report is not one:\n${report}`);
  const [, value, unit] = latency;
  const factor = unit === "s" ? 1000 : unit === "us" ? 0.001 : 1;
  return { requestsPerSecond: Number(requests), medianMilliseconds: Number(value) * factor };
}
