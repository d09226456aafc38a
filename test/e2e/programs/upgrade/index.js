// All three components, with everything of theirs that ends up in a state. test/fixtures/upgrade holds the
// state that older versions of the library made of this program, so it must stay as it is.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const { NatService, ProxiedScaleSet, WindowsWebFarm } = require(process.env.WEBFARM_LIBRARY);

const tls = (file) => readFileSync(join(process.env.WEBFARM_FIXTURES, "tls", file), "utf8");
const image = "pulumi-webfarm/webapp:1";
const ports = [{ container: 80 }];

new NatService("alone", {
  platform: "linux",
  image,
  replicas: 2,
  ports,
  rollout: "stopFirst",
  environment: { SECRET: pulumi.secret("an old secret"), PLAIN: "text" },
  volumes: [{ volume: "upgrade-data", containerPath: "/data" }],
  labels: { team: "shop" },
  memoryMb: 64,
  cpus: 0.5,
  stopGraceSeconds: 1,
});

new ProxiedScaleSet("set", {
  service: { platform: "linux", image, replicas: 2, ports, stopGraceSeconds: 1 },
  proxy: {
    image: "pulumi-webfarm/nginx:1.22.1",
    tls: { certificate: tls("first.crt"), key: tls("first.key"), publishHttp: 18470, redirect: false },
    reload: { drainSeconds: 1 },
  },
});

new WindowsWebFarm("farm", {
  platform: "linux",
  apps: {
    webapp: { image, replicas: 2, ports, dependsOn: ["api"] },
    api: { image, ports, routes: [{ path: "/api", host: "shop.example.com" }] },
  },
  defaults: { stopGraceSeconds: 1 },
  proxy: { image: "pulumi-webfarm/nginx:1.22.1", reload: { drainSeconds: 1 } },
  console: { image: "pulumi-webfarm/busybox:1.35.0" },
});
