import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isConstraint } from "../swarm/constraints";
import { show, type FaultParams } from "./validate";

/** Reports a fault found by a schema's own check. */
export function fault(
  ctx: z.RefinementCtx,
  path: PropertyKey[],
  message: string,
  params: FaultParams,
  input?: unknown,
): void {
  ctx.addIssue({ code: "custom", path, message, params: { ...params }, input });
}

/** What a text must be. */
interface TextCheck {
  test: (text: string) => boolean;
  message: string;
  hint: string;
  /** True: no message may show it. */
  secret?: boolean;
}

/**
 * Text, or an output or promise of one. The text of an output is not known yet while the program
 * runs; `check` sees plain text only.
 */
export function textInput(check?: TextCheck) {
  return z.unknown().superRefine((value, ctx) => {
    if (value === undefined) {
      fault(ctx, [], "missing; give a text", { code: "required" });
    } else if (typeof value === "string") {
      if (value.trim() === "") {
        fault(ctx, [], "must not be empty", { code: "required" });
      } else if (check !== undefined && !check.test(value)) {
        const message = check.secret === true ? check.message : `${show(value)} ${check.message}`;
        fault(ctx, [], message, { code: "invalidFormat", hint: check.hint });
      }
    } else if (!isDeferred(value)) {
      fault(ctx, [], `${show(value)} is not a text`, { code: "wrongType" });
    }
  }) as unknown as z.ZodType<pulumi.Input<string>>;
}

/** Text that may be empty, or an output or promise of one. */
export function anyTextInput() {
  return z.unknown().superRefine((value, ctx) => {
    if (typeof value === "string") {
      if (!value.includes("\0")) return;
      fault(ctx, [], "holds a NUL character, at which every engine would cut it off", {
        code: "invalidFormat",
        hint: "leave it out",
      });
    } else if (value === undefined) {
      fault(ctx, [], "missing; give a text, or leave the name out too", { code: "required" });
    } else if (!isDeferred(value)) {
      fault(ctx, [], `${show(value)} is not a text`, { code: "wrongType" });
    }
  }) as unknown as z.ZodType<pulumi.Input<string>>;
}

export function isDeferred(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** A function given by the user; what it returns is the user's word. */
export function callback<T>() {
  return z.custom<T>((value) => typeof value === "function", {
    error: (issue) => `${show(issue.input)} is not a function`,
    params: { code: "wrongType" } satisfies FaultParams,
  });
}

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most: number) => z.int().min(least).max(most);

/** A TCP or UDP port. */
export const port = wholeNumber(1, 65535);

/** A name that DNS accepts as one label (RFC 1123): replicas are found by it. */
export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, {
    error: "is no DNS label; allowed: small letters, digits and inner hyphens",
  });

/** A host name as browsers send it: DNS labels between dots. */
export const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, {
    error: "is no host name; allowed: letters, digits and inner hyphens, in parts between dots",
  });

// The grammar of the engine's references (distribution/reference): a registry, then a path of small letters.
const registry = String.raw`(?:(?=[^/]*[.:])[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?|localhost(?::\d+)?)/`;
const part = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const reference = new RegExp(
  String.raw`^(?:sha256:)?[0-9a-f]{64}$|^(?![0-9a-f]{64}$)(?:${registry})?${part}(?:/${part})*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** Whether the engine can read a text as the name of an image. */
export const isImageReference = (text: string): boolean => reference.test(text);

/** An image reference (`registry/name:tag@digest`), or the id of an image of the engine. */
export const imageReference = () =>
  textInput({
    test: isImageReference,
    message: "is no image reference",
    hint: "write it as registry/name:tag with small letters, such as andrew0928/mvcdemo:1.0",
  });

/** The releases of Windows Server that hosts run. */
export const hostRelease = z.enum(["2016", "2019", "2022", "2025"]);

/** The platforms that farms run on. */
export const platform = z.enum(["windows", "linux"]);

/** Who runs the containers. */
export const orchestrator = z.enum(["host", "swarm"]);

/** Constraints that choose nodes of a swarm. */
export const constraints = z.array(
  z.string().refine(isConstraint, {
    error:
      "is no constraint of a swarm; write it as node.labels.disk == ssd, node.hostname != web3 or node.role == worker",
  }),
);
