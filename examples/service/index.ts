import * as pulumi from "@pulumi/pulumi";
import { NatService } from "pulumi-webfarm";

const config = new pulumi.Config();

/** Without a proxy: something else asks the replicas, here at the ports that the engine chose. */
const worker = new NatService("worker", {
  platform: "linux",
  image: config.require("image"),
  replicas: config.requireNumber("replicas"),
  ports: [{ container: 80 }],
  healthCheck: { path: "/healthz", intervalSeconds: 1 },
  environment: { GREETING: "hello" },
  memoryMb: 128,
});

export const endpoints = worker.endpoints;
export const hostPorts = worker.replicas.apply((replicas) =>
  replicas.flatMap(({ ports }) => ports.map(({ host }) => host)),
);
