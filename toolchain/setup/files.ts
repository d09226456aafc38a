import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** Writes a file so that it is either the old one or complete, even when this process is killed. */
export function writeFileAtomically(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}

/** Makes `link` point to `target`, whatever it pointed to before, without a moment in which it is missing. */
export function linkAtomically(target: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  const temporary = `${link}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}

/** Puts a finished directory in its place, which may be on another disk; an older one there goes. */
export function moveDirectory(from: string, to: string): void {
  const beside = `${to}.new`;
  mkdirSync(dirname(to), { recursive: true });
  rmSync(beside, { recursive: true, force: true });
  cpSync(from, beside, { recursive: true, verbatimSymlinks: true });
  rmSync(to, { recursive: true, force: true });
  renameSync(beside, to);
  rmSync(from, { recursive: true, force: true });
}

/** The file's text, or undefined when there is no such file. */
export function readTextIfPresent(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
