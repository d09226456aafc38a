import { expect, it } from "vitest";
import { parseLoaderListing } from "./sharedLibraries";

it("reads what a loader lists", () => {
  const { found, missing } = parseLoaderListing(
    [
      "\tlinux-vdso.so.1 (0x00007ffd9a5f2000)",
      "\tlibz.so.1 => /tree/lib/x86_64-linux-gnu/libz.so.1 (0x00007f4e4c9a8000)",
      "\t/lib64/ld-linux-x86-64.so.2 => /tree/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 (0x00007f4e4d)",
      "\tlibssl.so.3 => not found",
    ].join("\n"),
  );
  expect(Object.fromEntries(found)).toEqual({
    "libz.so.1": "/tree/lib/x86_64-linux-gnu/libz.so.1",
    "/lib64/ld-linux-x86-64.so.2": "/tree/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
  });
  expect(missing).toEqual(["libssl.so.3"]);
});
