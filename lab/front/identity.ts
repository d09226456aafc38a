import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const namespace = "webfarm.lab.";

/** Labels by which the front and the cell know their own; clients of the front never see them. */
export const labLabels = {
  /** On everything that a front made: which one. */
  front: `${namespace}front`,
  /** On a container: what its inspection shows in place of what runs below (JSON). */
  face: `${namespace}face`,
  /** On an image, and on those built from it: its programs are Windows programs, run by /lab/run and /lab/exec. */
  cell: `${namespace}cell`,
  /** On an image: the release of Windows Server that it stands for. */
  release: `${namespace}release`,
} as const;

/**
 * Who a front is on the engine below. Several fronts live on one engine: each puts its own prefix before
 * every name it makes there and takes it away from everything that comes back, so that each has a `nat`
 * network and a container `web` of its own.
 */
export class FrontIdentity {
  readonly prefix: string;

  constructor(readonly id: string) {
    this.prefix = `lab-${id}-`;
  }

  /** The identity kept in a directory, so that a front that was killed finds its containers again. */
  static async of(directory: string): Promise<FrontIdentity> {
    await mkdir(directory, { recursive: true });
    const file = join(directory, "front-id");
    const kept = await readFile(file, "utf8").catch(() => "");
    const id = /^[0-9a-f]{8}$/.test(kept.trim()) ? kept.trim() : randomBytes(4).toString("hex");
    await writeFile(file, `${id}\n`);
    return new FrontIdentity(id);
  }

  get labels(): Record<string, string> {
    return { [labLabels.front]: this.id };
  }

  /** The filter that lets through what this front made, as the engine writes it. */
  get filter(): string {
    return `${labLabels.front}=${this.id}`;
  }

  owns(labels: Readonly<Record<string, unknown>> | null | undefined): boolean {
    return labels?.[labLabels.front] === this.id;
  }

  /** The name below of what a client calls `name`. */
  below(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** A text as clients see it. */
  hide(text: string): string {
    return text.replaceAll(this.prefix, "");
  }
}

/** Labels without those of the laboratory. */
export function visibleLabels(
  labels: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !name.startsWith(namespace)));
}
