import type { ProxyPaths } from "../platform/platform";
import { emptyConfiguration } from "./nginxConfiguration";

/** A file that is copied into the proxy before it starts. */
export interface UploadedFile {
  file: string;
  content: string;
}

/** What every proxy holds besides its image: the scripts, and the configuration it starts with. */
export function proxyFiles(paths: ProxyPaths): UploadedFile[] {
  return [
    { file: paths.startScript, content: paths.scripts.start },
    { file: paths.reloadScript, content: paths.scripts.reload },
    { file: paths.versionedReloadScript, content: paths.scripts.reload },
    { file: paths.emptyConfiguration, content: emptyConfiguration(paths.nginx) },
  ];
}
