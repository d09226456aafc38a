/** The port that a proxy or an HTTP check asks: the first one that speaks tcp. */
export function firstTcpPort(ports: readonly { container: number; protocol: string }[]): number | undefined {
  return ports.find(({ protocol }) => protocol === "tcp")?.container;
}
