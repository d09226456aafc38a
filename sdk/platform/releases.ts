import type { HostRelease } from "../args";

/** The tag of Microsoft's base images for each release of Windows Server. */
export const imageTags: Record<HostRelease, string> = {
  "2016": "ltsc2016",
  "2019": "ltsc2019",
  "2022": "ltsc2022",
  "2025": "ltsc2025",
};

/** The release that a host is taken to run when nothing else is said. */
export const defaultRelease: HostRelease = "2022";

/** The release that an image says it is made for, when its tag or name tells. */
export function releaseOf(image: string): HostRelease | undefined {
  const releases = Object.keys(imageTags) as HostRelease[];
  return releases.find((release) => new RegExp(`ltsc${release}(?!\\d)`, "i").test(image));
}

/**
 * Whether a host can run images of a release at all: a newer image than the host never starts (error
 * 0xc0370101); an older one does with Hyper-V isolation, and 2022 on 2025 without it too.
 */
export function runs(host: HostRelease, image: HostRelease): boolean {
  return Number(image) <= Number(host);
}
