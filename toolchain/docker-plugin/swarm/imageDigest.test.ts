import { expect, it } from "vitest";
import { withDistribution } from "./imageDigest";
import { serviceSpec } from "./serviceSpec";

const distribution = {
  Descriptor: { digest: "sha256:abc" },
  Platforms: [{ architecture: "amd64", os: "windows" }],
};

it("pins a service to the registry's digest and the image's platforms", () => {
  const spec = serviceSpec({ taskSpec: { containerSpec: { image: "shop/web:1" } } });
  expect(withDistribution(spec, distribution)).toMatchObject({
    TaskTemplate: {
      ContainerSpec: { Image: "shop/web:1@sha256:abc" },
      Placement: { Platforms: [{ Architecture: "amd64", OS: "windows" }] },
    },
  });
});

it("leaves the platforms that the program names where the registry names none", () => {
  const placement = { platforms: [{ architecture: "amd64", os: "linux" }] };
  const spec = serviceSpec({ taskSpec: { containerSpec: { image: "web:1" }, placement } });
  const { Descriptor } = distribution;
  expect(withDistribution(spec, { Descriptor })).toMatchObject({
    TaskTemplate: { Placement: { Platforms: [{ Architecture: "amd64", OS: "linux" }] } },
  });
});
