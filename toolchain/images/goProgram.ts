import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command";

const buildSeconds = 300;

/** Compiles the Go program in a directory for Linux, without any library of the system. */
export async function compileGo(directory: string, architecture: string): Promise<Buffer> {
  const work = await mkdtemp(join(tmpdir(), "webfarm-go-"));
  const output = join(work, "program");
  try {
    await runCommand("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, "."], {
      cwd: directory,
      timeoutSeconds: buildSeconds,
      environment: {
        ...process.env,
        // Go wants a place for its cache even where there is no home.
        ...(process.env.HOME ? {} : { GOCACHE: join(work, "cache"), GOPATH: join(work, "go") }),
        CGO_ENABLED: "0",
        GOOS: "linux",
        GOARCH: architecture,
        GOWORK: "off",
        GOTOOLCHAIN: "local",
      },
    });
    return await readFile(output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
