import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { farmLabels } from "../plan/labels";
import { digestOf } from "../plan/proxyPlan";
import type { Configuration } from "../proxy/nginxConfiguration";
import { swarmStart } from "../proxy/swarmStart";
import type { SwarmFiles } from "../swarm/serviceArgs";
import type { ProxySetting } from "./proxyInputs";

/**
 * What each proxy of a swarm has beside its image: the start script and nginx.conf as configs, certificate and key as
 * secrets. None has a name of its own: with each content there is a new one, which stands beside the old one until no
 * proxy has that any more.
 */
export function swarmFiles(
  name: string,
  { traits, owner, args, network }: ProxySetting,
  configuration: pulumi.Output<Configuration>,
  parent: pulumi.ComponentResource,
): SwarmFiles {
  const { path, script } = swarmStart[traits.name];
  const inDirectory = (file: string) => path.replace(/[^\\/]+$/, file);
  const opts = { parent, deleteBeforeReplace: false };
  const labels = farmLabels(owner);
  const config = (stem: string, text: pulumi.Input<string>, fileName: string) => {
    const { id, name: configName } = new docker.ServiceConfig(
      `${name}-${stem}`,
      { data: base64(text, network), labels },
      opts,
    );
    return { configId: id, configName, fileName };
  };
  const secret = (stem: string, ending: string) => {
    const file = configuration.apply(({ files }) => {
      const found = files.find((candidate) => candidate.name.endsWith(ending));
      return found ?? { name: ending, text: "" };
    });
    const { id, name: secretName } = new docker.Secret(
      `${name}-${stem}`,
      { data: pulumi.secret(base64(file.text, network)), labels },
      opts,
    );
    // The name tells a digest of the content, which tells nothing of the key.
    const fileName = pulumi.unsecret(file.name.apply(inDirectory));
    return { secretId: id, secretName, fileName };
  };
  const digest = pulumi.unsecret(configuration.apply(({ digest }) => digest));
  return {
    configs: [
      config("start", script, path),
      config("conf", pulumi.unsecret(configuration.apply(({ text }) => text)), inDirectory("nginx.conf")),
    ],
    secrets: args.tls === undefined ? [] : [secret("cert", ".crt"), secret("key", ".key")],
    digest: digest.apply((digest) => digestOf(`${digest} ${digestOf(script)}`)),
  };
}

/** Known with the network, which waits until the swarm was found fit for the farm. */
function base64(text: pulumi.Input<string>, network: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([text, network]).apply(([known]) => Buffer.from(known).toString("base64"));
}
