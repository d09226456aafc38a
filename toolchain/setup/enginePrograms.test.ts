import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeLinks } from "./enginePrograms";

let root: string;
let ours: string;
let theirs: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "webfarm-links-"));
  [ours, theirs] = [join(root, "ours"), join(root, "theirs")];
  for (const folder of [ours, theirs]) mkdirSync(folder);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("completeLinks", () => {
  it("leads a link to the machine's program when its own package was there already", () => {
    writeFileSync(join(theirs, "tini-static"), "");
    symlinkSync("tini-static", join(ours, "docker-init"));
    completeLinks(ours, theirs);
    expect(readlinkSync(join(ours, "docker-init"))).toBe(join(theirs, "tini-static"));
  });

  it("leaves alone what leads somewhere, and what the machine does not have either", () => {
    writeFileSync(join(ours, "runc-1"), "");
    writeFileSync(join(theirs, "runc-1"), "");
    symlinkSync("runc-1", join(ours, "runc"));
    symlinkSync("nowhere", join(ours, "lost"));
    completeLinks(ours, theirs);
    expect(readlinkSync(join(ours, "runc"))).toBe("runc-1");
    expect(readlinkSync(join(ours, "lost"))).toBe("nowhere");
  });
});
