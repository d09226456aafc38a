import * as pulumi from "@pulumi/pulumi";
import { WindowsWebFarm } from "pulumi-webfarm";

const config = new pulumi.Config();

const farm = WindowsWebFarm.fromCompose("shop", {
  file: `${pulumi.getRootDirectory()}/docker-compose.yml`,
  platform: "linux",
  replicas: { webapp: config.requireNumber("replicas") },
  variables: {
    WEBAPP_IMAGE: config.require("webappImage"),
    PROXY_IMAGE: config.require("proxyImage"),
    CONSOLE_IMAGE: config.require("consoleImage"),
  },
});

export const localUrl = farm.localUrl;
export const consoleCommand = farm.consoleCommand;
export const replicas = farm.apps.webapp?.replicas;
