/** The first CLI with Stash, the resource that carries the proxy's reload. */
export const MINIMUM_PULUMI = "3.208.0";

type Triple = [number, number, number];

function parse(text: string): Triple | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.trim());
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether `version` is `minimum` or newer; what is no version is not. */
export function isAtLeast(version: string, minimum: string): boolean {
  const left = parse(version);
  const right = parse(minimum);
  if (left === undefined || right === undefined) return false;
  for (const index of [0, 1, 2] as const) {
    if (left[index] !== right[index]) return left[index] > right[index];
  }
  return true;
}

/** The line of `pulumi version` that is a version: a shim may have said other things before. */
export function versionFrom(output: string): string | undefined {
  return output
    .split("\n")
    .map((line) => line.trim())
    .find((line) => /^v\d+\.\d+\.\d+/.test(line));
}
