import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import * as http from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PageReport } from "../../cli/page/watch";
import { exec } from "../../sdk/reload/exec";
import { noBrowserReason, startBrowser } from "../support/browser";
import { eventually } from "../support/engine";
import { LabelledFarm, webfarm } from "../support/farm";
import { projectRoot } from "../support/projectRoot";

/** `webfarm page` of a real farm, in a real browser. */
let farm: LabelledFarm;
let command: ChildProcess;
let url: string;

const main = join(projectRoot, "dist/cli/main.js");
const noBrowser = noBrowserReason();
if (noBrowser !== undefined) console.log(`the status page is not seen by a browser: ${noBrowser}`);

beforeAll(async () => {
  farm = await LabelledFarm.create(2);
  command = spawn(process.execPath, [main, "--cwd", tmpdir(), "page", farm.farm, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (command.stdout === null) throw new Error("no output");
  const [line] = (await once(createInterface({ input: command.stdout }), "line")) as [string];
  ({ url } = JSON.parse(line) as { url: string });
});

afterAll(async () => {
  command.kill("SIGKILL");
  await farm.remove();
});

const report = async () => (await (await fetch(`${url}status.json`)).json()) as PageReport;

/** Sends requests through the proxy. */
async function requests(count: number): Promise<void> {
  if (farm.proxy === undefined) throw new Error("no proxy");
  for (let sent = 0; sent < count; sent++) await farm.bench.get(farm.proxy, "/");
}

describe("webfarm page", () => {
  it("tells what nginx runs, and the requests of the last minute by replica", async () => {
    // A reload ends kept-alive connections, so that nginx's counters begin with what is asked here.
    await requests(10);
    const [own] = await eventually("all requests are counted", 20, async () => {
      const { farms } = await report();
      return (farms[0]?.traffic?.requests ?? 0) >= 10 ? farms : undefined;
    });
    expect(own?.proxy?.running).toMatch(/^[0-9a-f]{64}$/);
    expect(own?.proxy?.running).toBe(own?.proxy?.configuration);
    expect(own?.proxy?.counters?.requests).toBeGreaterThanOrEqual(10);
    expect(own?.traffic?.failed).toBe(0);
    expect(own?.traffic?.perSecond).toHaveLength(60);
    const addresses = own?.services
      .find(({ name }) => name === "webapp")
      ?.replicas.map(({ address }) => address);
    expect(Object.keys(own?.traffic?.replicas ?? {}).sort()).toEqual(addresses?.sort());
  });

  it("answers this machine's own browsers only, and no other site's pages", async () => {
    const { port } = new URL(url);
    const addresses = Object.values(networkInterfaces())
      .flatMap((found) => found ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address);
    expect(addresses).not.toEqual([]);
    for (const address of addresses) {
      await expect(
        fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(5000) }),
      ).rejects.toThrow();
    }
    const ask = async (host: string, path = "/", method = "GET") => {
      const request = http.request({ host: "127.0.0.1", port, path, method, headers: { host } });
      request.end();
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      response.resume();
      return response;
    };
    expect((await ask(`evil.example:${port}`, "/status.json")).statusCode).toBe(403);
    expect((await ask("127.0.0.1", "/status.json")).statusCode).toBe(403);
    expect((await ask(`localhost:${port}`, "/status.json", "POST")).statusCode).toBe(405);
    expect((await ask(`localhost:${port}`, "/../main.js")).statusCode).toBe(404);
    const { headers, statusCode } = await ask(`localhost:${port}`);
    expect(statusCode).toBe(200);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
  });

  it("says what to do when its port is taken or there is no such farm", async () => {
    const taken = await webfarm("page", farm.farm, "--port", new URL(url).port);
    expect([taken.exitCode, taken.notes]).toEqual([
      1,
      expect.stringMatching(/cannot be served[\s\S]*--port/),
    ]);
    expect((await webfarm("page", "nosuch")).exitCode).toBe(1);
    expect((await webfarm("page", "--port", "0")).exitCode).toBe(2);
  });
});

describe.skipIf(noBrowser !== undefined)("the status page in a browser", () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  /** Pixels of the page that stand out of the window. */
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

  beforeAll(async () => {
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.setDefaultTimeout(30_000);
  });

  afterAll(() => browser.close());

  const text = (selector: string) => page.locator(selector).allInnerTexts();

  it("shows the farm, and asks nothing of any other place", async () => {
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(url);
    await page.getByText("all is well").waitFor();
    await requests(20);
    expect(await text("h1")).toEqual([farm.farm]);
    expect((await text("h3")).sort()).toEqual(["proxy", "webapp-1", "webapp-2"]);
    expect(await page.locator(".health.good").count()).toBe(3);
    expect(await text(".service .title")).toContainEqual(
      expect.stringContaining("2 of 2 healthy, 2 in rotation"),
    );
    await page
      .getByText(/\b[1-9]\d* requests?, (< )?\d+ ms in the last minute/)
      .first()
      .waitFor();
    const digest = (await report()).farms[0]?.proxy?.running ?? "";
    await page.getByText(digest).waitFor();
    expect(await page.title()).toBe(`${farm.farm}: all is well`);
    expect([...asked]).toEqual([new URL(url).origin]);
    await screenshot("light");
  });

  it("shows names and words as they are, whatever is in them", async () => {
    const words = `<img src=x onerror="document.title='taken'"> <script>document.title='taken'</script>`;
    const hostile = await browser.newPage();
    await hostile.route("**/status.json", async (route) => {
      const told = await report();
      const [first] = told.farms;
      if (first === undefined) throw new Error("no farm");
      first.farm = words;
      first.stack = words;
      first.findings = [{ code: "gone", problem: true, message: words, hint: words }];
      for (const { replicas } of first.services) {
        for (const replica of replicas) Object.assign(replica, { name: words, image: words, state: words });
      }
      await route.fulfill({ json: told });
    });
    await hostile.goto(url);
    await hostile.getByText(words).first().waitFor();
    expect(await hostile.locator("h1").allInnerTexts()).toEqual([words]);
    expect(await hostile.locator("main img, main script").count()).toBe(0);
    expect(await hostile.title()).toBe(`${words}: 1 problem`);
    await hostile.close();
  });

  it("fits a phone with the longest names", async () => {
    const narrow = await browser.newPage({ viewport: { width: 320, height: 720 } });
    const long = "w".repeat(63);
    await narrow.route("**/status.json", async (route) => {
      const told = await report();
      for (const shown of told.farms) {
        Object.assign(shown, { farm: long, stack: long });
        for (const service of shown.services) {
          service.name = long;
          for (const replica of service.replicas)
            Object.assign(replica, { name: long, container: long, image: long });
        }
      }
      await route.fulfill({ json: told });
    });
    await narrow.goto(url);
    await narrow.getByText(long).first().waitFor();
    expect(await narrow.evaluate(overflow)).toBe(0);
    await narrow.close();
  });

  it("fits a phone, and has other colours in the dark", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).not.toBe(light);
    await page.setViewportSize({ width: 375, height: 720 });
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await contrast(page)).toBeGreaterThanOrEqual(4.5);
    await screenshot("dark-phone");
    await page.emulateMedia({ colorScheme: "light" });
    expect(await contrast(page)).toBeGreaterThanOrEqual(4.5);
    await page.setViewportSize({ width: 1200, height: 800 });
  });

  it("follows a replica that leaves the rotation, and a configuration that nginx does not run", async () => {
    if (farm.proxy === undefined) throw new Error("no proxy");
    await farm.tell([`${farm.farm}-webapp-1:80`]);
    await page.getByText("healthy, but the proxy does not know it").waitFor();
    await page.getByText("1 problem", { exact: true }).waitFor();
    const old = `s/^# webfarm-digest .*/# webfarm-digest ${"0".repeat(64)}/`;
    await exec(farm.proxy, ["sed", "-i", old, "/webfarm/nginx.conf"], { timeoutSeconds: 20 });
    await page.getByText("runs an older configuration").waitFor();
    await farm.tell([`${farm.farm}-webapp-1:80`, `${farm.farm}-webapp-2:80`]);
    await page.getByText("all is well").waitFor();
    expect(complaints).toEqual([]);
  });

  it("says that what it shows is old when nobody answers any more, and the command ends at Ctrl-C", async () => {
    command.kill("SIGINT");
    const [code] = (await once(command, "exit")) as [number];
    expect(code).toBe(0);
    await page.getByText("What you see is of").waitFor();
  });

  /** WEBFARM_SCREENSHOTS names the folder for docs/status-page-*.png. */
  async function screenshot(name: string): Promise<void> {
    const folder = process.env.WEBFARM_SCREENSHOTS;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `status-page-${name}.png`), fullPage: true });
  }
});

/** The lowest contrast of a text of the page with the card or ground it stands on, as WCAG counts it. */
function contrast(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const brightness = (colour) => {
      const [r, g, b] = channels(colour)
        .slice(0, 3)
        .map((value) => value / 255)
        .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if (channels(colour)[3] !== 0) return colour;
      }
      return "rgb(255, 255, 255)";
    };
    const texts = [...document.querySelectorAll("body *")].filter(
      (element) => element.checkVisibility() && [...element.childNodes].some(({ nodeType }) => nodeType === 3),
    );
    return Math.min(
      ...texts.map((element) => {
        const [one, other] = [getComputedStyle(element).color, ground(element)].map(brightness);
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      }),
    );
  })()`);
}
