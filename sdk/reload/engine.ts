import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import { connect } from "./endpoint";
import type { EngineEndpoint } from "./engineEndpoint";

export { connect, connectOptions } from "./endpoint";

/**
 * The endpoint that the component's docker provider points at, so that the reload reaches the same
 * engine: an explicit provider first, then the stack's `docker:` configuration, then the environment.
 */
export function endpointOf(component: pulumi.ComponentResource): pulumi.Output<EngineEndpoint> {
  const provider = component.getProvider("docker:index/container:Container");
  if (docker.Provider.isInstance(provider)) {
    const { host, certPath, caMaterial, certMaterial, keyMaterial } = provider;
    return pulumi
      .all([host, certPath, caMaterial, certMaterial, keyMaterial])
      .apply(([host, certPath, ca, cert, key]) => defined({ host, certPath, ca, cert, key }));
  }
  const config = new pulumi.Config("docker");
  return pulumi.output(
    defined({
      host: config.get("host"),
      certPath: config.get("certPath"),
      ca: config.get("caMaterial"),
      cert: config.get("certMaterial"),
      key: config.get("keyMaterial"),
    }),
  );
}

function defined(endpoint: { [K in keyof EngineEndpoint]: string | undefined }): EngineEndpoint {
  return Object.fromEntries(
    Object.entries(endpoint).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** The engine of a component, for its hooks: they run only when every output is known. */
export function engineOf(component: pulumi.ComponentResource): () => Promise<Docker> {
  const endpoint = endpointOf(component);
  return async () => connect(await new Promise<EngineEndpoint>((resolve) => endpoint.apply(resolve)));
}
