import { expect, it } from "vitest";
import { imageTag } from "./imageNames";

it.each([
  ["1.22.1-9+deb12u11", "1.22.1"],
  ["1:1.35.0-4+deb12u1+b1", "1.35.0"],
  ["10.42-1", "10.42"],
  ["3.0.22-1~deb12u2", "3.0.22"],
  ["1:1.2.13.dfsg-1", "1.2.13.dfsg"],
  ["2.0", "2.0"],
])("tags Debian version %s as %s", (version, tag) => {
  expect(imageTag(version)).toBe(tag);
});
