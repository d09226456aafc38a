import { createHash, randomBytes } from "node:crypto";

const RANDOM_DIGITS = 7;
const MAX_LENGTH = 255;

export interface AutonamingOptions {
  readonly mode: "PROPOSE" | "ENFORCE" | "DISABLE";
  readonly proposedName: string;
}

/**
 * A name for a resource whose program gives none: `webapp-1-d748f5f`. The digits follow from the
 * engine's seed, which an update plan keeps, and are those that the official plugin draws.
 */
export function autoname(
  resourceName: string,
  randomSeed: Uint8Array,
  options?: AutonamingOptions,
): string | undefined {
  if (options?.mode === "DISABLE") return undefined;
  if (options && options.proposedName !== "") return options.proposedName;
  const prefix = `${resourceName}-`;
  if (prefix.length + RANDOM_DIGITS > MAX_LENGTH) {
    throw new Error(
      `the resource name ${resourceName} is too long to make a Docker name of it; ` +
        `allowed: ${MAX_LENGTH - RANDOM_DIGITS - 1} characters; give the resource a "name" of its own`,
    );
  }
  return prefix + randomDigits(randomSeed.length > 0 ? randomSeed : randomBytes(32));
}

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

/**
 * Hexadecimal digits from the generator "chacha8rand" (C2SP), keyed with the seed's SHA-256. Each digit is
 * the lowest one of a 64-bit output. The generator interleaves four ChaCha8 blocks word by word, so the
 * first seven outputs begin with the words 0, 0, 1, 1, 2, 2, 3 of the blocks 0 and 2 in turn.
 */
function randomDigits(seed: Uint8Array): string {
  const key = createHash("sha256").update(seed).digest();
  const blocks = [chacha8Words(key, 0), chacha8Words(key, 2)] as const;
  return Array.from({ length: RANDOM_DIGITS }, (_, output) => {
    const words = blocks[output % 2 === 0 ? 0 : 1];
    return ((words[Math.floor(output / 2)] ?? 0) & 0xf).toString(16);
  }).join("");
}

/** The state of a ChaCha block after 8 rounds; chacha8rand does not add the constants back in. */
function chacha8Words(key: Buffer, counter: number): Uint32Array {
  const words = new Uint32Array(16);
  words.set(CONSTANTS, 0);
  for (let index = 0; index < 8; index++) words[4 + index] = key.readUInt32LE(4 * index);
  words[12] = counter;
  for (let round = 0; round < 8; round += 2) {
    for (let column = 0; column < 4; column++) {
      quarterRound(words, column, 4 + column, 8 + column, 12 + column);
    }
    for (let column = 0; column < 4; column++) {
      quarterRound(words, column, 4 + ((column + 1) % 4), 8 + ((column + 2) % 4), 12 + ((column + 3) % 4));
    }
  }
  return words;
}

function quarterRound(words: Uint32Array, a: number, b: number, c: number, d: number): void {
  addAndRotate(words, a, b, d, 16);
  addAndRotate(words, c, d, b, 12);
  addAndRotate(words, a, b, d, 8);
  addAndRotate(words, c, d, b, 7);
}

/** target += addend; mixed = (mixed ^ target) rotated left */
function addAndRotate(words: Uint32Array, target: number, addend: number, mixed: number, bits: number): void {
  words[target] = (words[target] ?? 0) + (words[addend] ?? 0);
  const exclusive = (words[mixed] ?? 0) ^ words[target];
  words[mixed] = (exclusive << bits) | (exclusive >>> (32 - bits));
}
