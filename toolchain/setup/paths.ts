import { join } from "node:path";

/** Where everything lies that the set-up reads and makes. All of `.webfarm/` is private and ignored by git. */
export interface ProjectPaths {
  root: string;
  /** Compiled programs of the toolchain. */
  compiled: string;
  /** In front of PATH: the chosen CLI and what it finds by name. */
  bin: string;
  /** The CLI built here, and beside it, where it looks first, this project's language host. */
  ownPulumi: string;
  pulumiHome: string;
  state: string;
  passphrase: string;
  /** Everything of a private Docker engine; its programs, where they had to be fetched, are beside it. */
  engine: string;
  enginePrograms: string;
  log: string;
  /** Half-made things; emptied by each set-up. */
  temporary: string;
  /** What could not be reached, and when; see unreachable.ts. */
  unreachable: string;
}

export function projectPaths(root: string): ProjectPaths {
  const privateFolder = join(root, ".webfarm");
  return {
    root,
    compiled: join(root, "dist", "toolchain"),
    bin: join(privateFolder, "bin"),
    ownPulumi: join(privateFolder, "pulumi"),
    pulumiHome: join(privateFolder, "pulumi-home"),
    state: join(privateFolder, "state"),
    passphrase: join(privateFolder, "passphrase"),
    engine: join(privateFolder, "engine"),
    enginePrograms: join(privateFolder, "engine-programs"),
    log: join(privateFolder, "log"),
    temporary: join(privateFolder, "tmp"),
    unreachable: join(privateFolder, "unreachable.json"),
  };
}
