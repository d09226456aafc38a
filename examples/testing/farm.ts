import { WindowsWebFarm } from "pulumi-webfarm";

/** The farm of a shop, in a function of its own so that a test can make it. */
export function shopFarm(replicas: number): WindowsWebFarm {
  return new WindowsWebFarm("shop", {
    platform: "windows",
    hostRelease: "2022",
    apps: {
      webapp: {
        image: "example/shop:1.4.2",
        replicas,
        ports: [{ container: 80 }],
        environment: { API_URL: "http://api:5000" },
        dependsOn: ["api"],
      },
      api: { image: "example/api:2.0.1", ports: [{ container: 5000 }], routes: [{ path: "/api" }] },
    },
    proxy: { build: {}, publish: 80 },
    console: {},
  });
}
