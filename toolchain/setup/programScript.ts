export interface ProgramScript {
  name: string;
  text: string;
}

/** A file that looks like the program `name` to the Pulumi engine and runs a compiled one with this Node. */
export function programScript(
  name: string,
  program: string,
  platform: NodeJS.Platform = process.platform,
  node = process.execPath,
): ProgramScript {
  if (platform === "win32") return { name: `${name}.cmd`, text: `@"${node}" "${program}" %*\r\n` };
  return { name, text: `#!/bin/sh\nexec ${shellQuoted(node)} ${shellQuoted(program)} "$@"\n` };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
