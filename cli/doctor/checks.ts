import type { HostRelease, Platform } from "../../sdk/args";
import type { ClusterFinding } from "../../sdk/swarm/clusterFinding";
import { needsHyperV, releaseOf, releaseOfBuild, runs } from "../../sdk/platform/releases";

/** How a check ended; a warning is no reason for a farm not to run. */
export type Verdict = "ok" | "warning" | "problem" | "skipped";

/** One thing that was looked at. */
export interface Check {
  name: string;
  verdict: Verdict;
  message: string;
  /** What to do, when something is to be done. */
  hint?: string;
}

/** An image that a farm uses or will use. */
export interface ImageFacts {
  name: string;
  /** Undefined when the engine does not have it. */
  found?: { os: string; architecture: string; osVersion: string };
}

/** A port that a farm wants. */
export interface PortFacts {
  port: number;
  /** Who has it; undefined when it is free. */
  holder?: string;
  /** True when a farm has it already. */
  ours: boolean;
}

/** A swarm, judged for a farm. */
export interface SwarmFacts {
  /** Whether a farm is to be on the swarm, or is: else only what concerns the swarm as such is looked at. */
  asked: boolean;
  findings: readonly ClusterFinding[];
}

/** Everything that the doctor asked of an engine that answered. */
export interface DoctorFacts {
  engine: {
    host: string;
    version: string;
    platform: Platform;
    /** `10.0 20348 (20348.1.amd64fre...)` on Windows; the kernel's on Linux. */
    kernel: string;
    architecture: string;
    /** How the engine isolates containers: `process` or `hyperv`; empty on Linux. */
    isolation: string;
  };
  /** What the stack's configuration says, where there is one. */
  wanted: { platform?: string; hostRelease?: string };
  /** What was found of the engine's swarm; undefined when it is in none and none is asked for. */
  swarm?: SwarmFacts;
  /** The network `nat` of Windows engines. */
  nat?: { driver: string; gateway: string };
  images: readonly ImageFacts[];
  /** nginx of each proxy that runs. */
  proxies: readonly { name: string; version?: string }[];
  ports: readonly PortFacts[];
  /** Whether a port that a proxy publishes answers on this host's localhost; undefined when nobody tried. */
  loopback?: { port: number; answers: boolean };
}

/** Judges what was found, in the order in which a person would look. Pure. */
export function checks(facts: DoctorFacts): Check[] {
  const { engine } = facts;
  const release = engine.platform === "windows" ? releaseOfBuild(engine.kernel) : undefined;
  return [
    ok("engine", `Docker ${engine.version} answers at ${engine.host}`),
    platformCheck(facts),
    ...(engine.platform === "windows" ? [releaseCheck(facts, release), natCheck(facts)] : []),
    loopbackCheck(facts, release),
    dnsCheck(facts),
    ...swarmChecks(facts.swarm),
    ...facts.images.flatMap((image) => imageChecks(image, facts, release)),
    ...facts.proxies.map(nginxCheck),
    ...facts.ports.map(portCheck),
  ];
}

function platformCheck({ engine, wanted, swarm }: DoctorFacts): Check {
  const { platform } = engine;
  // On a swarm the manager may run another platform than the nodes.
  if (swarm?.asked !== true && wanted.platform !== undefined && wanted.platform !== platform) {
    return {
      name: "platform",
      verdict: "problem",
      message: `the stack is for ${wanted.platform} containers, the engine runs ${platform} ones`,
      hint: `pulumi config set platform ${platform}, or point docker:host or DOCKER_HOST at another engine`,
    };
  }
  const isolation = engine.isolation === "" ? "" : `, isolated by ${engine.isolation}`;
  return ok("platform", `${platform} containers on ${engine.architecture}${isolation}`);
}

function releaseCheck({ engine, wanted }: DoctorFacts, release: HostRelease | undefined): Check {
  if (release === undefined) {
    return {
      name: "release",
      verdict: "warning",
      message: `the host's build (${engine.kernel}) is none of Windows Server 2016, 2019, 2022 and 2025`,
      hint: "set hostRelease to the one that is nearest below it",
    };
  }
  if (wanted.hostRelease !== undefined && wanted.hostRelease !== release) {
    return {
      name: "release",
      verdict: "problem",
      message: `the stack is for Windows Server ${wanted.hostRelease}, the host is ${release}`,
      hint: `pulumi config set hostRelease ${release}`,
    };
  }
  return ok("release", `Windows Server ${release}`);
}

function natCheck({ nat }: DoctorFacts): Check {
  if (nat === undefined) {
    return {
      name: "network",
      verdict: "problem",
      message: "there is no network nat, which every Windows engine makes at its start",
      hint: "restart the docker service; look at its log when it is not there then",
    };
  }
  if (nat.driver !== "nat") {
    return {
      name: "network",
      verdict: "problem",
      message: `the network nat has the driver ${nat.driver}`,
      hint: "remove it and restart the docker service, which makes its own",
    };
  }
  return ok(
    "network",
    `nat is there${nat.gateway === "" ? "" : `, its gateway ${nat.gateway} answers names`}`,
  );
}

function loopbackCheck({ loopback, engine }: DoctorFacts, release: HostRelease | undefined): Check {
  if (release === "2016") {
    const message = "published ports do not answer on the host's own localhost before Windows Server 2019";
    const hint = "on the host itself, use the farm's localUrl: the container's address";
    return { name: "loopback", verdict: "warning", message, hint };
  }
  if (loopback === undefined) {
    return { name: "loopback", verdict: "skipped", message: "no farm on this host publishes a port" };
  }
  const { port, answers } = loopback;
  if (answers) return ok("loopback", `localhost:${port} answers on this host`);
  return {
    name: "loopback",
    verdict: "problem",
    message: `localhost:${port}, which a proxy publishes, does not answer`,
    hint:
      engine.platform === "windows"
        ? "restart the docker service; look whether another program filters the port"
        : "look at webfarm status, and whether a firewall filters the port",
  };
}

/** What is known of the engines' name servers on Windows (moby issues 47370, 47584 and 47826). */
function dnsCheck({ engine: { version, platform } }: DoctorFacts): Check {
  if (platform !== "windows")
    return ok("names", "the engine's own name server, at 127.0.0.11 in every network");
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  if (major === 25 && minor === 0 && patch <= 3) {
    return {
      name: "names",
      verdict: "problem",
      message: `Docker ${version} does not answer names between containers (moby issue 47370)`,
      hint: "upgrade Docker to 25.0.4 or later",
    };
  }
  return ok(
    "names",
    major >= 27
      ? "names that are not there yet are remembered as missing by Windows; the proxy forgets them at each try"
      : "names that are not there yet fail at once; the proxy tries again",
  );
}

/** A swarm's nodes pull for themselves: that this engine lacks an image says nothing there. */
function imageChecks(image: ImageFacts, facts: DoctorFacts, host: HostRelease | undefined): Check[] {
  return facts.swarm?.asked === true && image.found === undefined ? [] : [imageCheck(image, facts, host)];
}

function imageCheck(
  { name, found }: ImageFacts,
  { engine }: DoctorFacts,
  host: HostRelease | undefined,
): Check {
  const check = "image";
  if (found === undefined) {
    return {
      name: check,
      verdict: "warning",
      message: `${name} is not on the engine`,
      hint: "it is pulled when it is needed; docker pull shows whether its registry gives it",
    };
  }
  if (found.os !== engine.platform) {
    return {
      name: check,
      verdict: "problem",
      message: `${name} is for ${found.os}, the engine runs ${engine.platform} containers`,
      hint: "choose an image for the engine's platform",
    };
  }
  const release = releaseOfBuild(found.osVersion) ?? releaseOf(name);
  if (host === undefined || release === undefined) return ok(check, `${name} fits`);
  if (!runs(host, release)) {
    return {
      name: check,
      verdict: "problem",
      message: `${name} is made for Windows Server ${release}, the host is ${host}: error 0xc0370101`,
      hint: `choose its variant for ${host}`,
    };
  }
  if (needsHyperV(host, release) && engine.isolation !== "hyperv") {
    return {
      name: check,
      verdict: "problem",
      message: `${name} is made for Windows Server ${release} and needs Hyper-V isolation on ${host}`,
      hint: `choose its variant for ${host}, or let the engine isolate by hyperv (exec-opts)`,
    };
  }
  return ok(check, `${name} fits Windows Server ${host}`);
}

/** What a farm on the swarm cannot do without is only a warning while no farm is to be there. */
function swarmChecks(swarm: SwarmFacts | undefined): Check[] {
  return (swarm?.findings ?? []).map(({ verdict, message, hint }): Check => ({
    name: "swarm",
    verdict: verdict === "problem" && swarm?.asked !== true ? "warning" : verdict,
    message,
    ...(hint === undefined ? {} : { hint }),
  }));
}

function nginxCheck({ name, version }: DoctorFacts["proxies"][number]): Check {
  if (version === undefined) {
    return {
      name: "nginx",
      verdict: "problem",
      message: `${name} does not say its version`,
      hint: "look at webfarm logs --app proxy",
    };
  }
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const resolves = major * 1e6 + minor * 1e3 + patch >= 1_027_003;
  const more = resolves ? "" : '; discovery: "resolve" would need 1.27.3';
  return ok("nginx", `${name} runs nginx ${version}${more}`);
}

function portCheck({ port, holder, ours }: PortFacts): Check {
  if (holder === undefined) return ok("port", `${port} is free`);
  if (ours) return ok("port", `${port} is a farm's own: ${holder}`);
  return {
    name: "port",
    verdict: "problem",
    message: `${port} is taken by ${holder}`,
    hint: "stop it, or choose another port for publish",
  };
}

function ok(name: string, message: string): Check {
  return { name, verdict: "ok", message };
}
