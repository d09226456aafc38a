import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { readTextIfPresent, writeFileAtomically } from "./files";
import { run, type RunResult } from "./process";

// What a Docker daemon changes in the machine's network and does not take back when it ends: its
// bridge, its firewall chains, the policy for forwarding. Before our daemon starts this is noted, and
// put back after it has ended.

// Of this process' network, where /sys may show another one's.
const INTERFACES = "/proc/net/dev";
const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
const TABLES = ["nat", "filter"] as const;

const noteSchema = z.object({ bridge: z.boolean(), forwarding: z.string(), forwardPolicy: z.string() });
type Note = z.infer<typeof noteSchema>;

function command(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunResult> {
  return run(file, args, { cwd: "/", env, timeoutSeconds: 20 });
}

/** Notes the network as it is before the first start; a note that is there already says what it was. */
export async function noteHostNetwork(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (existsSync(file)) return;
  const rules = await command("iptables", ["-S", "FORWARD"], env);
  const note: Note = {
    bridge: /^\s*docker0:/m.test(readFileSync(INTERFACES, "utf8")),
    forwarding: readFileSync(FORWARDING, "utf8").trim(),
    forwardPolicy: /^-P FORWARD (\S+)/m.exec(rules.stdout)?.[1] ?? "ACCEPT",
  };
  writeFileAtomically(file, JSON.stringify(note));
}

/** The commands that take Docker's rules and chains out of a table, from what `iptables -S` lists. */
export function removalsOf(listing: string): string[][] {
  const lines = listing.split("\n");
  const ours = (line: string): boolean => /\bDOCKER\b|\bDOCKER-|\bdocker0\b/.test(line);
  const inDockerChain = (line: string): boolean => line.startsWith("-A DOCKER");
  const rules = lines
    .filter((line) => line.startsWith("-A ") && ours(line) && !inDockerChain(line))
    .map((line) => ["-D", ...line.split(" ").slice(1)]);
  const chains = lines.filter((line) => line.startsWith("-N DOCKER")).map((line) => line.split(" ")[1] ?? "");
  return [...rules, ...chains.map((chain) => ["-F", chain]), ...chains.map((chain) => ["-X", chain])];
}

/** Puts the network back as it was noted. Where a bridge was there before, it is another daemon's: left alone. */
export async function restoreHostNetwork(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const text = readTextIfPresent(file);
  if (text === undefined) return;
  const note = noteSchema.parse(JSON.parse(text));
  if (note.bridge) return;
  for (const program of ["iptables", "ip6tables"]) {
    for (const table of TABLES) {
      const listing = await command(program, ["-t", table, "-S"], env);
      for (const removal of removalsOf(listing.stdout))
        await command(program, ["-t", table, ...removal], env);
    }
  }
  await command("iptables", ["-P", "FORWARD", note.forwardPolicy], env);
  await command("ip", ["link", "delete", "docker0"], env);
  writeFileSync(FORWARDING, note.forwarding);
}
