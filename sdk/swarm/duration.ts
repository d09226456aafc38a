const nanoseconds = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 } as const;
const part = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g;

/**
 * A duration as the docker plugin reads it back from a swarm: `60s` is `1m`. Written otherwise it would be a
 * difference in every preview. What is no duration stays as it is, for the plugin to refuse.
 */
export function canonicalDuration(text: string): string {
  if (text === "" || text.replace(part, "") !== "") return text;
  const total = [...text.matchAll(part)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * nanoseconds[unit as keyof typeof nanoseconds],
    0,
  );
  if (total === 0) return "0s";
  if (total < nanoseconds.us) return `${total}ns`;
  if (total < nanoseconds.ms) return `${total / nanoseconds.us}µs`;
  if (total < nanoseconds.s) return `${total / nanoseconds.ms}ms`;
  const hours = Math.floor(total / nanoseconds.h);
  const minutes = Math.floor((total % nanoseconds.h) / nanoseconds.m);
  const seconds = Number(((total % nanoseconds.m) / nanoseconds.s).toFixed(9));
  return [
    hours > 0 ? `${hours}h` : "",
    minutes > 0 || (hours > 0 && seconds > 0) ? `${minutes}m` : "",
    seconds > 0 ? `${seconds}s` : "",
  ].join("");
}
