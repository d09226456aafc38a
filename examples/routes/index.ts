import * as pulumi from "@pulumi/pulumi";
import { WindowsWebFarm } from "pulumi-webfarm";

const config = new pulumi.Config();
const image = config.require("image");

const farm = new WindowsWebFarm("shop", {
  platform: "linux",
  defaults: { memoryMb: 256, labels: { team: "web" } },
  apps: {
    webapp: {
      image,
      replicas: 2,
      ports: [{ container: 80 }],
      environment: { API_URL: "http://api" },
      dependsOn: ["api"],
    },
    api: {
      image,
      ports: [{ container: 80 }],
      environment: { API_KEY: config.requireSecret("apiKey") },
      routes: [{ path: "/api" }, { host: "api.example.com" }],
      loadBalancing: "leastConnections",
      healthCheck: { path: "/", retries: 5 },
    },
  },
  proxy: { image: config.require("proxyImage") },
  console: { image: config.require("consoleImage") },
});

export const localUrl = farm.localUrl;
export const apiEndpoints = farm.apps.api?.endpoints;
export const topology = farm.topology;
export const compose = farm.toCompose();
