import { expect, it } from "vitest";
import { pinnedImage } from "./pinnedImage";

const platforms = [{ architecture: "amd64", os: "windows" }];
const running = { image: "registry.example.com:5000/web:1@sha256:abc", platforms, spec: "one" };
const image = "registry.example.com:5000/web:1";

it("keeps the digest and the platforms of a service that stays what it is", () => {
  expect(pinnedImage(running, "one", image)).toEqual({ image: running.image, platforms });
  const latest = { ...running, image: "registry.example.com:5000/web:latest@sha256:abc" };
  expect(pinnedImage(latest, "one", "registry.example.com:5000/web")).toEqual({
    image: latest.image,
    platforms,
  });
});

it("keeps nothing of a service that changes, is of another image, was not pinned, or is not there", () => {
  expect(pinnedImage(running, "two", image)).toBeUndefined();
  expect(pinnedImage(running, "one", "registry.example.com:5000/web:2")).toBeUndefined();
  expect(pinnedImage({ ...running, image }, "one", image)).toBeUndefined();
  expect(pinnedImage(undefined, "one", image)).toBeUndefined();
});
