import type * as pulumi from "@pulumi/pulumi";
import { describe, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type {
  HealthCheckArgs,
  NatServiceArgs,
  PortArgs,
  ProxyArgs,
  VolumeArgs,
  WindowsWebFarmArgs,
} from "../args";
import type { NatService, Replica } from "../components/natService";
import type { healthCheckArgs } from "./healthCheck";
import type { natServiceSchema, volumeArgs } from "./natService";
import type { portArgs } from "./ports";
import type { proxySchema } from "./proxy";
import type { windowsWebFarmSchema } from "./windowsWebFarm";

// The compiler is what tests here (`npm test` runs it over this file): an interface and its schema that
// drift apart, or a wrong program that compiles, is an error of the types stage.

/** Each property of an interface, and whether it may be left out. */
type Shape<T> = { [K in keyof T]-?: Pick<T, K> extends Required<Pick<T, K>> ? "required" : "optional" };

describe("interfaces and schemas agree", () => {
  it("in their properties and in what may be left out", () => {
    expectTypeOf<Shape<Required<NatServiceArgs>>>().toEqualTypeOf<
      Shape<Required<z.input<typeof natServiceSchema>>>
    >();
    expectTypeOf<keyof ProxyArgs>().toEqualTypeOf<keyof z.input<typeof proxySchema>>();
    expectTypeOf<keyof WindowsWebFarmArgs>().toEqualTypeOf<keyof z.input<typeof windowsWebFarmSchema>>();
    expectTypeOf<keyof PortArgs>().toEqualTypeOf<keyof z.input<typeof portArgs>>();
    expectTypeOf<keyof VolumeArgs>().toEqualTypeOf<keyof z.input<typeof volumeArgs>>();
    expectTypeOf<keyof HealthCheckArgs>().toEqualTypeOf<keyof z.input<typeof healthCheckArgs>>();
  });

  it("in their types", () => {
    expectTypeOf<NatServiceArgs>().toExtend<z.input<typeof natServiceSchema>>();
    expectTypeOf<PortArgs>().toExtend<z.input<typeof portArgs>>();
    expectTypeOf<VolumeArgs>().toExtend<z.input<typeof volumeArgs>>();
    expectTypeOf<HealthCheckArgs>().toExtend<z.input<typeof healthCheckArgs>>();
  });
});

describe("wrong programs do not compile", () => {
  const check = (args: NatServiceArgs) => args;

  it("when a property is missing, misspelt or of another type", () => {
    // @ts-expect-error image is required
    check({ replicas: 2 });
    // @ts-expect-error it is called replicas
    check({ image: "a:1", replica: 2 });
    // @ts-expect-error a number, not a text
    check({ image: "a:1", replicas: "2" });
    // @ts-expect-error objects, not compose's texts
    check({ image: "a:1", ports: ["80:80"] });
    // @ts-expect-error a container path is required
    check({ image: "a:1", volumes: [{ hostPath: "c:\\data" }] });
    // @ts-expect-error none of the releases
    check({ image: "a:1", hostRelease: "2012" });
    // @ts-expect-error none of the rollouts
    check({ image: "a:1", rollout: "blueGreen" });
    // @ts-expect-error none of the orchestrators
    check({ image: "a:1", orchestrator: "kubernetes" });
    // @ts-expect-error a list, not one text
    check({ image: "a:1", constraints: "node.role == worker" });
    // @ts-expect-error numbers are not texts
    check({ image: "a:1", environment: { PORT: 80 } });
  });

  it("when outputs are taken for what they are not", () => {
    expectTypeOf<NatService["replicas"]>().toEqualTypeOf<pulumi.Output<Replica[]>>();
    expectTypeOf<NatService["endpoints"]>().toEqualTypeOf<pulumi.Output<string[]>>();
    // An endpoint feeds another service's environment as it is.
    const feeds = (service: NatService) => check({ image: "a:1", environment: { API: service.alias } });
    expectTypeOf(feeds).returns.toEqualTypeOf<NatServiceArgs>();
  });
});
