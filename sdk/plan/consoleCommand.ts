/** A word of a command line, for the shell of the machine that the program runs on. */
function quoted(word: string): string {
  if (/^[\w:/.@%+,~-]+$/.test(word)) return word;
  return process.platform === "win32"
    ? `"${word.replaceAll('"', "")}"`
    : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Where the docker command looks when nothing tells it otherwise. */
const usualHosts = ["", "unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine"];

/**
 * The command that opens a shell in a container. It names the engine when that is not the one which the
 * docker command would choose by itself.
 */
export function consoleCommand(
  containerName: string,
  shell: string,
  engineHost = process.env.DOCKER_HOST ?? "",
): string {
  return `docker${hostOption(engineHost)} exec -it ${containerName} ${shell}`;
}

/**
 * The command that makes a container in an attachable network, opens a shell in it and removes it at its end: on the
 * engine named, or on the machine where it is typed.
 */
export function consoleRunCommand(
  { image, network, shell }: { image: string; network: string; shell: string },
  engineHost = process.env.DOCKER_HOST ?? "",
): string {
  return `docker${hostOption(engineHost)} run --rm -it --network ${network} --entrypoint ${shell} ${image}`;
}

function hostOption(engineHost: string): string {
  return usualHosts.includes(engineHost) ? "" : ` --host ${quoted(engineHost)}`;
}
