/**
 * Paths of Windows and where they are below: drive c: of a cell is the directory /c, in small letters,
 * because Windows minds no case and Linux does.
 */

const drive = /^(?:\\\\\?\\)?([a-z]):(.*)$/is;

/** True for `c:\x`, `c:/x` and `c:`. */
export function hasDrive(path: string): boolean {
  return drive.test(path);
}

/** `c:\Web Apps\a` as `/c/web apps/a`; a path without a drive is on c:. */
export function belowPath(path: string): string {
  const [, letter = "c", rest = path] = drive.exec(path) ?? [];
  return ["", letter, ...segments(rest)].join("/").toLowerCase();
}

/** The same with the case of its letters kept: what exists may be written in capitals. */
export function belowPathAsWritten(path: string): string {
  const [, letter = "c", rest = path] = drive.exec(path) ?? [];
  const trailing = /[\\/]\.?$/.test(rest) && segments(rest).length > 0 ? "/" : "";
  return ["", letter.toLowerCase(), ...segments(rest)].join("/") + trailing;
}

/** `/c/inetpub` as `c:\inetpub`; undefined for what lies on no drive. */
export function windowsPath(below: string): string | undefined {
  const [, letter, rest = ""] = /^\/([a-z])(\/.*)?$/.exec(below) ?? [];
  if (letter === undefined) return undefined;
  return `${letter}:${rest === "" ? "\\" : rest.replaceAll("/", "\\")}`;
}

function segments(path: string): string[] {
  return path.split(/[\\/]+/).filter((segment) => segment !== "" && segment !== ".");
}
