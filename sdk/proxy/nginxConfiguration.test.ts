import { describe, expect, it } from "vitest";
import type { ProxyArgs } from "../args";
import { proxySchema } from "../schema/proxy";
import { validate } from "../schema/validate";
import { emptyConfiguration, nginxConfiguration } from "./nginxConfiguration";

function configuration(
  args: Partial<ProxyArgs> = {},
  upstreams = ["webapp-1-aaaaaaa:80", "webapp-2-bbbbbbb:80"],
) {
  const valid = validate(proxySchema, { image: "nginx:1.28", ...args }, "test");
  return nginxConfiguration({ service: "webapp", args: valid }, upstreams);
}

describe("nginxConfiguration", () => {
  it("lists every replica", async () => {
    await expect(configuration().text).toMatchFileSnapshot("golden/two-replicas.conf");
  });

  it("answers 503 with Retry-After while there is no replica", async () => {
    await expect(configuration({}, []).text).toMatchFileSnapshot("golden/no-replica.conf");
    await expect(emptyConfiguration()).toMatchFileSnapshot("golden/empty.conf");
  });

  it("carries every setting", async () => {
    const text = configuration({
      serverName: "shop.example.com",
      loadBalancing: "leastConnections",
      keepAliveConnections: 0,
      timeouts: { connectSeconds: 1, readSeconds: 2, sendSeconds: 3 },
      maxBodySizeMb: 100,
      start: { maxAttempts: 7, delaySeconds: 0.5 },
    }).text;
    await expect(text).toMatchFileSnapshot("golden/all-settings.conf");
  });

  it("names itself by its content", () => {
    expect(configuration().digest).toBe(configuration().digest);
    expect(configuration().digest).not.toBe(configuration({ maxBodySizeMb: 1 }).digest);
    expect(configuration().digest).not.toBe(configuration({}, ["webapp-1-aaaaaaa:80"]).digest);
    expect(configuration().text).toContain(`# webfarm-digest ${configuration().digest}`);
  });

  it("changes its digest with the start limits, which travel in it", () => {
    expect(configuration().digest).not.toBe(configuration({ start: { maxAttempts: 7 } }).digest);
  });
});
