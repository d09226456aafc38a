import { dirname } from "node:path";
import { bench } from "./commands/bench";
import { destroy } from "./commands/destroy";
import { lab } from "./commands/lab";
import { pulumi } from "./commands/pulumi";
import { start } from "./commands/start";
import { test } from "./commands/test";
import { webfarm } from "./commands/webfarm";
import { errorText } from "./setup/errors";
import { projectPaths } from "./setup/paths";
import { endRunningProcesses } from "./setup/process";

const USAGE = `usage:
  npm start                           set everything up and deploy the farm
  npm test                            set everything up and run all tests
  npm run test:lab                    set everything up and run the tests in the Windows laboratory
  npm run test:large                  set everything up and run the tests that take many minutes
  npm run bench -- ARGS               set everything up and run the benchmarks; --help lists them
  npm run lab -- OPTIONS              a Windows container host on Linux, until Ctrl-C; --help lists the options
  npm run faults                      set everything up and break everything that can be broken (about an hour);
                                      -- --seed N repeats a run, -- --points N makes it shorter or longer
  npm run soak -- --minutes N         set everything up, change and break a farm at random under load (30 minutes);
                                      -- --seed N does the same steps again
  npm run --silent pulumi -- ARGS     the Pulumi CLI in the project's environment
  npm run --silent webfarm -- ARGS    the webfarm command in the project's environment
  npm run destroy                     delete the farm and everything the set-up started
`;

async function main([command, ...args]: readonly string[]): Promise<number> {
  // dist/toolchain/cli.js, so the root is two directories up.
  const paths = projectPaths(dirname(dirname(__dirname)));
  switch (command) {
    case "start":
      return start(paths);
    case "test":
      return test(paths, args);
    case "lab":
      return lab(paths, args);
    case "bench":
      return bench(paths, args);
    case "pulumi":
      return pulumi(paths, args);
    case "webfarm":
      return webfarm(paths, args);
    case "destroy":
      return destroy(paths);
    default:
      process.stderr.write(USAGE);
      return 2;
  }
}

/** Before a command runs the CLI, a signal ends the set-up and whatever it has started. */
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    endRunningProcesses(signal);
    process.exit(code);
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = 1;
  },
);
