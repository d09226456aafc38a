import { expect, it } from "vitest";
import { dependencyNames } from "./debianPackages";

it("reads the names of dependencies, of alternatives the first", () => {
  const depends = "libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, libssl3:any (>= 3.0.0), zlib1g";
  expect(dependencyNames(depends)).toEqual(["libc6", "debconf", "libssl3", "zlib1g"]);
});

it("finds none in an empty field", () => {
  expect(dependencyNames("")).toEqual([]);
});
