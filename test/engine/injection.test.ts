import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type Docker from "dockerode";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linux } from "../../sdk/platform/linux";
import { reloadExit } from "../../sdk/proxy/linuxScripts";
import { nginxConfiguration, type Configuration } from "../../sdk/proxy/nginxConfiguration";
import { exec } from "../../sdk/reload/exec";
import { routesOf } from "../../sdk/schema/farmRules";
import { healthCheckArgs } from "../../sdk/schema/healthCheck";
import { windowsWebFarmSchema } from "../../sdk/schema/windowsWebFarm";
import { hostileText, hostileTexts } from "../support/hostile";
import { configuration, paths, ProxyBench } from "../support/proxy";

/** What hostile values do in a real sh and a real nginx: nothing. */
let bench: ProxyBench;
let proxy: Docker.Container;
let upstreams: string[];

const seed = Number(process.env.WEBFARM_SEED ?? Date.now() % 1_000_000);

beforeAll(async () => {
  console.log(`injection: seed ${seed} (WEBFARM_SEED repeats it)`);
  bench = await ProxyBench.create();
  proxy = await bench.startProxy();
  upstreams = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
});

afterAll(() => bench.remove());

async function reload(wanted: Configuration): Promise<void> {
  const { exitCode, lines } = await bench.reload(proxy, wanted, 1);
  expect([exitCode, exitCode === 0 ? [] : lines]).toEqual([0, []]);
}

/** A farm of two apps; the second one has these routes. Undefined where they are refused. */
function farmWith(routes: object[], more: object = {}): Configuration | undefined {
  const app = { image: "a:1", ports: [{ container: 80 }] };
  const args = { apps: { shop: app, other: { ...app, routes } }, proxy: { image: "nginx:1", ...more } };
  const { success, data } = windowsWebFarmSchema.safeParse(args);
  if (!success) return undefined;
  const apps = Object.entries(data.apps).map(([name, service], index) => ({
    name,
    upstreams: upstreams.slice(index, index + 1),
    routes: routesOf(service, index),
    loadBalancing: "roundRobin" as const,
    keepAliveConnections: 4,
  }));
  return nginxConfiguration({ apps, args: data.proxy, nginx: paths.nginx });
}

describe("sh", () => {
  it("writes a file of a payload as it is, whatever its text", async () => {
    const before = await readdir(bench.directory);
    const text = [
      ...hostileTexts.filter((text) => !/[\0\ud800]/.test(text)),
      "#webfarm-file nginx.conf",
      "#webfarm-file 0 ../reload.sh",
      "$(touch /webfarm/pwned)",
      "`touch /webfarm/pwned`",
      "-n",
      "\\c",
      "%s%n",
      "end",
      "",
    ].join("\n");
    const { files, ...rest } = configuration(upstreams);
    // The configuration names the file, or the reload would tidy it away.
    const named = files.map((file) => ({ ...file, text: `${file.text}# /tls-hostile.crt;\n` }));
    await reload({ ...rest, files: [{ name: "tls-hostile.crt", text }, ...named] });
    expect(await readFile(join(bench.directory, "tls-hostile.crt"), "utf8")).toBe(text);
    const made = (await readdir(bench.directory)).filter((name) => !before.includes(name)).sort();
    expect(made).toEqual(
      ["addresses", "nginx.conf", "running.conf", "tls-hostile.crt"].filter((name) => !before.includes(name)),
    );
    expect(await readFile(join(bench.directory, "reload.sh"), "utf8")).toBe(paths.scripts.reload);
  });

  it("takes a payload's file only where it belongs", async () => {
    const text = "#webfarm-file 0 tls-../../etc/x\npwned\n";
    const command = ["sh", paths.reloadScript, "0", String(text.length), "1", "1", "0"];
    const { exitCode, lines } = await exec(proxy, command, { input: text, timeoutSeconds: 20 });
    expect([exitCode, lines]).toEqual([reloadExit.incomplete, ["webfarm: a file of an odd name arrived"]]);
  });

  it("refuses arguments that are none, before it does anything", async () => {
    const before = await readdir(bench.directory);
    const odd = fc.oneof(
      hostileText,
      fc.constantFrom("-1", "1.5", "1e3", "0x10", "99999999999", ".", "1.2.3"),
    );
    const good = ["0", "1", "1", "1", "0"];
    const cases = fc
      .sample(fc.tuple(fc.nat({ max: 4 }), odd), { numRuns: 300, seed })
      .filter(([at, text]) => !/[\0\ud800]/.test(text) && !(at === 3 && text === "1.5"))
      .filter(([at, text]) => !(at === 0 && /^[0-9a-f]+$/.test(text)))
      .map(([at, text]) => good.map((argument, index) => (index === at ? text : argument)));
    const loop =
      'while [ $# -gt 0 ]; do timeout 5 sh /webfarm/reload.sh "$1" "$2" "$3" "$4" "$5" </dev/null >/dev/null 2>&1; echo $?; shift 5; done';
    const { lines } = await exec(proxy, ["sh", "-c", loop, "sh", ...cases.flat()], { timeoutSeconds: 60 });
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.filter((_, index) => lines[index] !== String(reloadExit.usage))).toEqual([]);
    expect(await readdir(bench.directory)).toEqual(before);
  });

  it("asks a health check's path as it is", async () => {
    await reload(configuration(upstreams));
    const path = "/a-b_c.d~e:f@g!h*i+j,k?l=m(n)";
    expect(healthCheckArgs.safeParse({ path }).success).toBe(true);
    const [, command = ""] = linux.probe({ kind: "http", port: 80, path }, "2022");
    expect((await exec(proxy, ["sh", "-c", command], { timeoutSeconds: 20 })).exitCode).toBe(0);
    expect(await bench.engine.logs(proxy)).toContain(`"GET ${path} HTTP/1.1" 200`);
  });
});

describe("nginx", () => {
  it("accepts every configuration that the arguments' checks accept", async () => {
    const path = hostileText.map((text) => (text.startsWith("/") ? text : `/${text}`));
    const host = fc.oneof(
      hostileText,
      fc.constantFrom("A.example", `${"a".repeat(63)}.`.repeat(3) + "b".repeat(61), "1", "x-1.y"),
    );
    const route = fc.record({ path, host, exact: fc.boolean() }, { requiredKeys: [] });
    const extraConfig = fc.record({
      http: hostileText.map((text) => `map $uri $x { default ${text}; }`),
      server: hostileText.map((text) => `add_header X ${text};`),
    });
    const args = (more: object) =>
      fc.tuple(
        fc.array(route, { maxLength: 2 }),
        fc.record({ serverName: host, ...more }, { requiredKeys: [] }),
      );
    const accepted = (more: object) =>
      fc
        .sample(args(more), { numRuns: 2000, seed })
        .flatMap(([routes, given]) => farmWith(routes, given) ?? []);
    const plain = accepted({}).slice(0, 150);
    const extended = accepted({ extraConfig }).slice(0, 150);
    expect([plain.length, extended.length].every((count) => count > 80)).toBe(true);
    for (const [name, list] of Object.entries({ plain, extended })) {
      for (const [index, { text }] of list.entries()) {
        await writeFile(join(bench.directory, `${name}-${index}.conf`), text);
      }
    }
    const loop = [
      "cd /webfarm; for file in plain-* extended-*; do",
      'timeout 5 nginx -t -q -c "/webfarm/$file" 2>&1 | grep emerg | sed "s/^/$file /"; done; rm plain-* extended-*',
    ].join("\n");
    const { lines } = await exec(proxy, ["sh", "-c", loop], { timeoutSeconds: 60 });
    expect(lines.filter((line) => line.startsWith("plain"))).toEqual([]);
    // What nginx has against a value in extraConfig is between it and the user; its blocks are ours.
    const broken = /unexpected|not terminated|not allowed here|duplicate|is not opened/;
    expect(lines.filter((line) => broken.test(line))).toEqual([]);
  }, 120_000);

  it("sends what the routes name to their app, and nothing else", async () => {
    const odd = [
      "/é",
      "/(a|b)*",
      "/a<b>",
      "/a&b",
      "/a%20b",
      "/~x",
      "/a!b",
      "/[a]",
      "/a^b",
      "/a,b",
      "/a=b:c@d",
    ];
    const wanted = farmWith(odd.map((path) => ({ path })));
    if (wanted === undefined) throw new Error("the routes are refused");
    await reload(wanted);
    const replica = async (path: string) =>
      (await bench.get(proxy, path, { headers: { connection: "close" } })).headers.get("x-webfarm-replica");
    for (const path of odd) {
      const asked = path.split("/").map(encodeURIComponent).join("/");
      expect([path, await replica(`${asked}/below`)]).toEqual([path, "webapp-2"]);
      expect([path, await replica(`${asked}x`)]).toEqual([path, "webapp-1"]);
    }
  });
});

/** Sends a request as it is, and gives the whole answer. */
async function send(head: string): Promise<string> {
  const socket = connect(80, await bench.engine.address(proxy));
  socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.write(head);
  await once(socket, "close");
  return answer;
}

describe("from outside", () => {
  it("nobody gets more of the proxy than that it lives, by whatever path, method or address", async () => {
    // A common setting behind a load balancer: the client's word for its address is believed.
    const http = "set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;";
    const wanted = configuration(upstreams, { extraConfig: { http } });
    await reload(wanted);
    const targets = [
      "/_webfarm/status",
      "/_webfarm/digest",
      "/_webfarm/../status",
      "/_webfarm/%2e%2e/digest",
      "/%5fwebfarm/status",
      "//_webfarm//status",
      "/_webfarm/./status",
      "/_WEBFARM/STATUS",
      "/_webfarm/status/",
      "/_webfarm/status%00",
      "/_webfarm/health/../status",
      "/status",
      "/digest",
      "/nginx.conf",
      "/../../webfarm/nginx.conf",
      "/%2e%2e/%2e%2e/webfarm/nginx.conf",
      "http://127.0.0.1:8089/digest",
      "http://localhost/_webfarm/status",
    ];
    const methods = ["GET", "HEAD", "POST", "OPTIONS", "PROPFIND", "TRACE"];
    const hosts = ["shop.example", "127.0.0.1:8089", "localhost"];
    for (const target of targets) {
      for (const [index, method] of methods.entries()) {
        const head = `${method} ${target} HTTP/1.1\r\nHost: ${hosts[index % hosts.length] ?? ""}\r\n`;
        const spoofed = "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n";
        const answer = await send(`${head}${spoofed}Content-Length: 0\r\nConnection: close\r\n\r\n`);
        // The app answers, as for any other path (it sends some to a cleaner one), or nginx refuses the request.
        expect([method, target, /^HTTP\/1\.1 [234]\d\d /.test(answer)]).toEqual([method, target, true]);
        const told = /Active connections|server accepts|worker_|proxy_pass|nginx\/\d/.test(answer);
        expect([method, target, told || answer.includes(wanted.digest)]).toEqual([method, target, false]);
      }
    }
    const health = await send("GET /_webfarm/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const [head = "", body] = health.split("\r\n\r\n");
    expect(body).toBe("ok\n");
    const names = head
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(":")[0]);
    expect(names.sort()).toEqual(["Connection", "Content-Length", "Content-Type", "Date", "Server"]);
  });

  it("the digest and the counters are on the container's own loopback only", async () => {
    const socket = connect(8089, await bench.engine.address(proxy));
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    const inside = await exec(proxy, ["wget", "-q", "-O", "-", "http://127.0.0.1:8089/status"], {
      timeoutSeconds: 10,
    });
    expect(inside.lines[0]).toMatch(/^Active connections: \d+/);
  });
});
