import * as pulumi from "@pulumi/pulumi";
import { ProxiedScaleSet } from "pulumi-webfarm";

const config = new pulumi.Config();

const web = new ProxiedScaleSet("web", {
  service: {
    platform: "linux",
    image: config.require("image"),
    replicas: config.requireNumber("replicas"),
    ports: [{ container: 80 }],
  },
  proxy: { image: config.require("proxyImage"), loadBalancing: "leastConnections" },
});

export const localUrl = web.localUrl;
export const upstreams = web.upstreams;
