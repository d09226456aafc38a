import { WindowsWebFarm } from "pulumi-webfarm";
import { readSettings } from "./config";

const settings = readSettings();

const farm = new WindowsWebFarm("shop", {
  platform: settings.platform,
  hostRelease: settings.hostRelease,
  apps: {
    webapp: {
      image: settings.webappImage,
      replicas: settings.replicas,
      ports: [{ container: 80 }],
      generation: settings.generation,
    },
  },
  proxy: { image: settings.proxyImage, publish: settings.publishPort },
  console: settings.consoleImage === undefined ? {} : { image: settings.consoleImage },
});

/** Where other machines reach the farm. */
export const url = farm.url;
/** Where the Docker host itself reaches it. */
export const localUrl = farm.localUrl;
/** Opens a shell in the console container. */
export const consoleCommand = farm.consoleCommand;
/** The running replicas of the webapp. */
export const replicas = farm.apps.webapp?.replicas;
