import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultNginx, planImage } from "./image";

describe("planImage", () => {
  it("takes the base of the host's release and a pinned nginx", () => {
    expect(planImage({}, "windows", "2019")).toEqual({
      context: "sdk/proxy/image/windows",
      args: {
        BASE: "mcr.microsoft.com/windows/servercore:ltsc2019",
        NGINX_VERSION: defaultNginx.version,
        NGINX_SHA256: defaultNginx.sha256,
      },
      platform: "windows/amd64",
    });
    const sha256 = "A".repeat(64);
    const own = planImage({ nginxVersion: "1.29.0", nginxSha256: sha256 }, "windows", "2022");
    expect(own.args).toMatchObject({ NGINX_VERSION: "1.29.0", NGINX_SHA256: sha256.toLowerCase() });
    expect(planImage({ baseImage: "own:1" }, "linux", "2022").args).toEqual({ BASE: "own:1" });
  });

  it("has contexts that are the same on every machine, and takes every argument that it is given", () => {
    for (const platform of ["windows", "linux"] as const) {
      const { context, args } = planImage({}, platform, "2022");
      const dockerfile = readFileSync(`${context}/Dockerfile`, "utf8");
      expect(dockerfile).not.toContain("\r");
      for (const name of Object.keys(args)) expect(dockerfile).toContain(`ARG ${name}`);
    }
  });
});
