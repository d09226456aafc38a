import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { ExtraConfigArgs, ProxyArgs, ProxyBuildArgs, TlsArgs } from "../args";
import { FarmError } from "./farmError";
import { proxySchema } from "./proxy";
import { validate } from "./validate";

function faults(args: object): [path: string, code: string][] {
  try {
    validate(proxySchema, args, "test");
  } catch (error) {
    if (error instanceof FarmError) return error.issues.map(({ path, code }) => [path, code]);
    throw error;
  }
  return [];
}

const image = "nginx:1.28";
const tls = { certificate: "-----BEGIN CERTIFICATE-----", key: "-----BEGIN EC PRIVATE KEY-----" };

describe("proxy arguments", () => {
  it.each<[string, object, [string, string][]]>([
    ["neither image nor build", {}, [["image", "required"]]],
    ["image and build", { image, build: {} }, [["build", "conflict"]]],
    ["a version without its checksum", { build: { nginxVersion: "1.29.0" } }, [["build", "required"]]],
    [
      "a version that is none",
      { build: { nginxVersion: "1.29", nginxSha256: "a".repeat(64) } },
      [["build.nginxVersion", "invalidFormat"]],
    ],
    [
      "a certificate and a key that are files' names",
      { image, tls: { certificate: "shop.crt", key: "shop.key" } },
      [
        ["tls.certificate", "invalidFormat"],
        ["tls.key", "invalidFormat"],
      ],
    ],
    [
      "one port for both",
      { image, publish: 443, tls: { ...tls, publishHttp: 443 } },
      [["tls.publishHttp", "conflict"]],
    ],
    [
      "a redirect to a port that nobody knows",
      { image, tls: { ...tls, publishHttp: 80 } },
      [["publish", "required"]],
    ],
    ["another discovery", { image, discovery: "dns" }, [["discovery", "notAllowed"]]],
  ])("refuses %s", (_, args, expected) => {
    expect(faults(args)).toEqual(expected);
  });

  it.each<[string, string | undefined]>([
    ["", undefined],
    ["add_header X 'a;b}';", undefined],
    ['location /x { return 200 "}"; } # }', undefined],
    ["set $a ${b}c;", undefined],
    ["}", "a } without its {"],
    ["} server { listen 81;", "a } without its {"],
    ["location /x {", 'the block of "location" is not closed'],
    ["add_header X y", '"add_header" is not ended'],
    ["add_header X 'y;", "the quote ' is not closed"],
    ["# }\n}", "line 2, column 1: a } without its {"],
    // Where a careless reader sees one word, or a blank, nginx sees a brace, or none.
    ["set $a ${b;} server { set $c ${d;", "a } without its {"],
    ["add_header X \u00a0#;} server {\n;", "a } without its {"],
    ["add_header X a\\", '"add_header" is not ended'],
    ["a\0;", "holds a NUL character"],
  ])("holds extraConfig in its block: %j", (server, message) => {
    const refused = () => validate(proxySchema, { image, extraConfig: { server, http: server } }, "test");
    if (message === undefined) expect(refused).not.toThrow();
    else expect(refused).toThrow(message);
  });

  it("shows no key that has another form than PEM", () => {
    const args = { image, tls: { certificate: "x", key: "MIIEvQIBADANBgkq" } };
    expect(() => validate(proxySchema, args, "test")).toThrow(/tls\.key: is no private key in PEM form/);
    expect(() => validate(proxySchema, args, "test")).not.toThrow(/MIIEvQ/);
  });

  it("takes TLS with and without plain HTTP", () => {
    expect(faults({ image, tls })).toEqual([]);
    expect(faults({ image, publish: 443, tls: { ...tls, publishHttp: 80 } })).toEqual([]);
    expect(faults({ image, tls: { ...tls, publishHttp: 80, redirect: false } })).toEqual([]);
  });

  it("has the properties of the interfaces", () => {
    type Schema = z.input<typeof proxySchema>;
    expectTypeOf<keyof ProxyArgs>().toEqualTypeOf<keyof Schema>();
    expectTypeOf<keyof TlsArgs>().toEqualTypeOf<keyof NonNullable<Schema["tls"]>>();
    expectTypeOf<keyof ProxyBuildArgs>().toEqualTypeOf<keyof NonNullable<Schema["build"]>>();
    expectTypeOf<keyof ExtraConfigArgs>().toEqualTypeOf<keyof NonNullable<Schema["extraConfig"]>>();
    expectTypeOf<ProxyArgs>().toExtend<Schema>();
  });
});
