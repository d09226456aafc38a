import * as pulumi from "@pulumi/pulumi";
import { WindowsWebFarm } from "pulumi-webfarm";

const config = new pulumi.Config();
const image = config.require("image");

const farm = new WindowsWebFarm("shop", {
  platform: "linux",
  apps: {
    webapp: { image, replicas: 2, ports: [{ container: 80 }] },
    api: { image, ports: [{ container: 80 }], routes: [{ path: "/api" }] },
  },
  proxy: {
    image: config.require("proxyImage"),
    serverName: config.require("serverName"),
    // A renewed certificate is a reload, and no request is lost.
    tls: { certificate: config.require("certificate"), key: config.requireSecret("key") },
  },
  console: { enabled: false },
});

export const url = farm.url;
export const localUrl = farm.localUrl;
