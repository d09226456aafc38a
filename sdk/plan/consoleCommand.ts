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
  const host = usualHosts.includes(engineHost) ? "" : ` --host ${quoted(engineHost)}`;
  return `docker${host} exec -it ${containerName} ${shell}`;
}
