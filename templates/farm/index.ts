import * as pulumi from "@pulumi/pulumi";
import { WindowsWebFarm, type Platform } from "pulumi-webfarm";

const config = new pulumi.Config();
const platform = config.require<Platform>("platform");

const farm = new WindowsWebFarm("farm", {
  platform,
  apps: {
    webapp: {
      image: config.require("image"),
      replicas: config.requireNumber("replicas"),
      ports: [{ container: 80 }],
    },
  },
  // On Windows the proxy's image is built on the engine.
  proxy: {
    ...(platform === "windows" ? { build: {} } : { image: "nginx:1.28" }),
    publish: config.requireNumber("publish"),
  },
  console: platform === "windows" ? {} : { image: "busybox:1.37" },
});

export const url = farm.url;
export const localUrl = farm.localUrl;
export const consoleCommand = farm.consoleCommand;
