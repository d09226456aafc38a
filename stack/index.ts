import { preflight, WindowsWebFarm } from "pulumi-webfarm";
import { imagesOf, readSettings } from "./config";

/** The stack that `pulumi up` at the root deploys: webapp, proxy and console. */
async function deploy() {
  const settings = readSettings();
  await preflight({
    farm: "shop",
    platform: settings.platform,
    images: imagesOf(settings),
    publish: {
      path: "webfarm:publishPort",
      port: settings.publishPort,
      hint: "choose another port: pulumi config set publishPort 8080",
    },
  });

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

  return {
    url: farm.url,
    localUrl: farm.localUrl,
    consoleCommand: farm.consoleCommand,
    replicas: farm.apps.webapp?.replicas,
  };
}

export = deploy;
