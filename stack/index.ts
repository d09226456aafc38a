import { preflight, WindowsWebFarm } from "pulumi-webfarm";
import { farmOf, imagesOf, readSettings } from "./config";

/** The stack that `pulumi up` at the root deploys: webapp, proxy and console, and an api where one is named. */
async function deploy() {
  const settings = readSettings();
  await preflight({
    farm: "shop",
    platform: settings.platform,
    orchestrator: settings.orchestrator,
    swarm: { hostRelease: settings.hostRelease, imagesOnNodes: settings.imagesOnNodes },
    images: imagesOf(settings),
    publish: {
      path: "webfarm:publishPort",
      port: settings.publishPort,
      hint: "choose another port: pulumi config set publishPort 8080",
    },
    // Every farm of a Windows host is on the one network nat; on Linux and on a swarm the farm makes its own.
    ...(settings.platform === "windows" && settings.orchestrator === "host"
      ? { network: { name: "nat", aliases: { "apps.webapp": "webapp", "apps.api": "api" } } }
      : {}),
  });

  const farm = new WindowsWebFarm("shop", farmOf(settings));

  return {
    url: farm.url,
    localUrl: farm.localUrl,
    consoleCommand: farm.consoleCommand,
    replicas: farm.apps.webapp?.replicas,
    topology: farm.topology,
  };
}

export = deploy;
