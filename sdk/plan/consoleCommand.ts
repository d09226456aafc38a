/**
 * The command that opens a shell in a container. It names the engine when that is not the one which the
 * docker command would choose by itself.
 */
export function consoleCommand(
  containerName: string,
  shell: string,
  engineHost = process.env.DOCKER_HOST,
): string {
  const host = engineHost === undefined || engineHost === "" ? "" : ` --host ${engineHost}`;
  return `docker${host} exec -it ${containerName} ${shell}`;
}
