import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { redact, secretsAmong } from "./redact";

beforeAll(() =>
  pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, "project", "dev"),
);

describe("redact", () => {
  it("masks each secret wherever it stands, the longest first, and leaves short ones", () => {
    expect(redact("a hush-hush b hush c 12", ["hush", "hush-hush", "12", ""])).toBe(
      "a [secret] b [secret] c 12",
    );
    expect(redact("$& $1 .*", ["$& $1"])).toBe("[secret] .*");
  });
});

describe("secretsAmong", () => {
  it("finds what is secret in any form that arguments take, and nothing else", async () => {
    const secrets = await secretsAmong([
      ["PLAIN=open", pulumi.secret("PASSWORD=hush=1"), pulumi.output("ALSO=open")],
      pulumi.secret(["serve", "--token=abcd"]),
      pulumi.secret("first line\nsecond line"),
      undefined,
      "open",
    ]);
    expect(new Set(secrets)).toEqual(
      new Set([
        "PASSWORD=hush=1",
        "hush=1",
        "serve",
        "--token=abcd",
        "abcd",
        "first line\nsecond line",
        "first line",
        "second line",
      ]),
    );
  });
});
