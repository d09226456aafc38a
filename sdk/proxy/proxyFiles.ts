import type { ProxyPaths } from "../platform/platform";
import { reloadScript, startScript } from "./linuxScripts";
import { emptyConfiguration } from "./nginxConfiguration";

/** A file that is copied into the proxy before it starts. */
export interface ProxyFile {
  file: string;
  content: string;
}

/** What every proxy holds besides its image: the scripts, and the configuration it starts with. */
export function proxyFiles(paths: ProxyPaths): ProxyFile[] {
  return [
    { file: paths.startScript, content: startScript },
    { file: paths.reloadScript, content: reloadScript },
    { file: paths.emptyConfiguration, content: emptyConfiguration() },
  ];
}
