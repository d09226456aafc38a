import * as pulumi from "@pulumi/pulumi";
import type { NatServiceArgs, Orchestrator } from "../args";
import type { ValidProxyArgs } from "../schema/proxy";
import { warnings } from "../schema/warnings";
import { claim, hostPortClaim, type Claim } from "./claims";

/**
 * Claims the host ports of a component's proxy, so that a service or another proxy of the program that wants
 * one of them is told in the preview.
 *
 * @throws FarmError when another component has claimed a port already
 */
export function claimProxyPorts(
  component: pulumi.Resource,
  subject: string,
  { publish, tls }: ValidProxyArgs,
): void {
  const port = (path: string, port: number | undefined): Claim[] =>
    port === undefined ? [] : [hostPortClaim(path, `${port}/tcp`)];
  claim(component, `the proxy of ${subject}`, [
    ...port("proxy.publish", publish),
    ...port("proxy.tls.publishHttp", tls?.publishHttp),
  ]);
}

/**
 * Warns of an app whose rollout makes the proxy lose requests. The proxies of a swarm follow each replica by itself,
 * so that the others serve.
 */
export function warnOfRollout(
  component: pulumi.Resource,
  app: string,
  { rollout }: Pick<NatServiceArgs, "rollout">,
  orchestrator: Orchestrator,
): void {
  if (rollout === "stopFirst" && orchestrator === "host")
    void pulumi.log.warn(warnings.stopFirst(app), component);
}
