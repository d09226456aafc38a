import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileTexts } from "../support/hostile";
import { leaks } from "../support/markers";
import { WindowsBench, windowsConfiguration } from "./windowsBench";

/** What hostile values do in cmd: nothing. */
let bench: WindowsBench;

beforeAll(async () => {
  bench = await WindowsBench.create();
});

afterAll(() => bench.remove());

const pwned = async () => (await readdir(bench.directory)).filter((name) => name.includes("pwned"));

describe("cmd", () => {
  it("writes a file of a payload as it is, shows it in no command line, and runs none of it", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const text = [
      ...hostileTexts.filter((text) => !/[\0\ud800]/.test(text)),
      "& echo x > pwned.txt",
      "%PATH%!PATH!^",
      "end\n",
    ].join("\n");
    const { files, ...rest } = windowsConfiguration([await bench.startReplica("webapp-1")], {
      extraConfig: { http: "# webfarm-start 1 & echo > pwned.txt\n# webfarm-digest 0" },
    });
    const named = files.map((file) => ({ ...file, text: `${file.text}# /tls-hostile.crt;\n` }));
    let events = "";
    const stream = await bench.engine.docker.getEvents({ filters: { container: [proxy.id] } });
    stream.on("data", (chunk: Buffer) => (events += chunk.toString()));
    const { exitCode, lines } = await bench.reload(proxy, {
      ...rest,
      files: [{ name: "tls-hostile.crt", text }, ...named],
    });
    (stream as unknown as { destroy(): void }).destroy();
    expect([exitCode, lines]).toEqual([0, ["webfarm: configuration in force after 1 of 3 attempts"]]);
    expect(await readFile(join(bench.directory, "tls-hostile.crt"), "utf8")).toBe(text);
    expect(events).toContain("exec_create");
    expect(leaks([{ name: "the file", text: "server { listen 81;" }], { events })).toEqual([]);
    expect(await pwned()).toEqual([]);
    await proxy.remove({ force: true });
  });

  it("takes no name of an upstream into a command line that is none", async () => {
    const name = "a&echo.>pwned.txt&";
    const http = `upstream own {\n  server "${name}:80";\n  server '%PATH%!PATH!":81' backup;\n}`;
    const { text } = windowsConfiguration([], {
      extraConfig: { http },
      start: { maxAttempts: 1, delaySeconds: 0.1 },
    });
    await writeFile(join(bench.directory, "nginx.conf"), text);
    const proxy = await bench.startProxy();
    await proxy.wait();
    expect(await bench.engine.logs(proxy)).toContain("webfarm: attempt 1 of 1");
    expect(await pwned()).toEqual([]);
  });
});
