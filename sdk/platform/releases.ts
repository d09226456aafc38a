import type { HostRelease } from "../args";

/** The tag of Microsoft's base images for each release of Windows Server. */
export const imageTags: Record<HostRelease, string> = {
  "2016": "ltsc2016",
  "2019": "ltsc2019",
  "2022": "ltsc2022",
  "2025": "ltsc2025",
};

/** The build of Windows that each release is. */
const builds: Record<HostRelease, number> = { "2016": 14393, "2019": 17763, "2022": 20348, "2025": 26100 };

/** The release in an engine's or image's own words: `10.0.17763.1577`, `10.0 20348 (20348.1.amd64fre...)`. */
export function releaseOfBuild(version: string): HostRelease | undefined {
  const build = Number(/^10\.0[ .](\d+)\b/.exec(version)?.[1]);
  return (Object.keys(builds) as HostRelease[]).find((release) => builds[release] === build);
}

/** The release that a host is taken to run when nothing else is said. */
export const defaultRelease: HostRelease = "2022";

/** Builds and versions that stand in the tags of images for each release. */
const otherTags: Record<HostRelease, RegExp> = {
  "2016": /\b(10\.0\.14393|1607|sac2016)\b/,
  "2019": /\b(10\.0\.17763|1809)\b/,
  "2022": /\b(10\.0\.20348)\b/,
  "2025": /\b(10\.0\.26100)\b/,
};

/** The release that an image says it is made for, when its tag or name tells. */
export function releaseOf(image: string): HostRelease | undefined {
  const releases = Object.keys(imageTags) as HostRelease[];
  const named = releases.find((release) => new RegExp(`ltsc${release}(?!\\d)`, "i").test(image));
  // A number such as 1809 says something only beside the name of a base image.
  if (named !== undefined || !/windows|servercore|nanoserver/i.test(image)) return named;
  return releases.find((release) => otherTags[release].test(image));
}

/**
 * Whether a host can run images of a release at all: a newer image than the host never starts (error
 * 0xc0370101); an older one does with Hyper-V isolation, and 2022 on 2025 without it too.
 */
export function runs(host: HostRelease, image: HostRelease): boolean {
  return Number(image) <= Number(host);
}

/** Whether an image needs Hyper-V isolation on a host: process isolation takes the same release, and 2022 on 2025. */
export function needsHyperV(host: HostRelease, image: HostRelease): boolean {
  return host !== image && !(host === "2025" && image === "2022");
}
