import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { describe, expect, it } from "vitest";
import { appletLinks } from "./baseFilesystems";
import { digestOf, tarOf, type Entry, type RootFilesystem } from "./rootFilesystem";

const entries: [string, Entry][] = [
  ["/tmp", { type: "directory", mode: 0o1777 }],
  ["/bin/busybox", { type: "file", content: Buffer.from("program"), mode: 0o755 }],
  ["/bin/sh", { type: "symlink", target: "/bin/busybox" }],
  ["/etc/nginx/nginx.conf", { type: "file", content: "events {}\n" }],
];

async function headersIn(tar: Buffer): Promise<Header[]> {
  const headers: Header[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

describe("tarOf", () => {
  it("names parents before what is in them, each once", async () => {
    const names = (await headersIn(await tarOf(new Map(entries)))).map(({ name }) => name.replace(/\/$/, ""));
    expect(names).toEqual([
      "bin",
      "bin/busybox",
      "bin/sh",
      "etc",
      "etc/nginx",
      "etc/nginx/nginx.conf",
      "tmp",
    ]);
  });

  it("keeps kinds, modes and targets", async () => {
    const headers = await headersIn(await tarOf(new Map(entries)));
    const byName = new Map(headers.map((header) => [header.name.replace(/\/$/, ""), header]));
    expect(byName.get("bin/busybox")).toMatchObject({ type: "file", mode: 0o755, size: 7, uid: 0 });
    expect(byName.get("bin/sh")).toMatchObject({ type: "symlink", linkname: "/bin/busybox" });
    expect(byName.get("tmp")).toMatchObject({ type: "directory", mode: 0o1777 });
  });

  it("gives the same bytes whatever the order and the time", async () => {
    const reversed: RootFilesystem = new Map([...entries].reverse());
    expect((await tarOf(new Map(entries))).equals(await tarOf(reversed))).toBe(true);
  });
});

it("digests tell lists apart that join to the same text", () => {
  expect(digestOf("ab", "c")).not.toBe(digestOf("a", "bc"));
  expect(digestOf("ab", "c")).toBe(digestOf(Buffer.from("ab"), "c"));
});

it("links every applet of busybox but itself", () => {
  expect(appletLinks("bin/busybox\nbin/cat\nusr/bin/wget\n")).toEqual([
    ["/bin/cat", { type: "symlink", target: "/bin/busybox" }],
    ["/usr/bin/wget", { type: "symlink", target: "/bin/busybox" }],
  ]);
});
