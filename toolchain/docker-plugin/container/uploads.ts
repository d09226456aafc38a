import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { messageOf, ProviderError } from "../errors";
import { type PropertyMap, flag, text } from "../values";

/** A tar archive, to be unpacked at the container's root, with one of its `uploads`. */
export async function uploadArchive(upload: PropertyMap): Promise<Buffer> {
  const content = await uploadContent(upload);
  const archive = pack();
  archive.entry(entryHeader(upload), content);
  archive.finalize();
  return buffer(archive);
}

function entryHeader(upload: PropertyMap): Partial<Header> & { name: string } {
  const permissions = text(upload.permissions);
  const mode = permissions === "" ? (flag(upload.executable) ? 0o744 : 0o644) : parseInt(permissions, 8);
  return {
    // A drive letter is no part of a path inside an archive, and the root is where it is unpacked.
    name: text(upload.file)
      .replace(/^[A-Za-z]:/, "")
      .replaceAll("\\", "/")
      .replace(/^\/+/, ""),
    mode,
    ...owner(text(upload.owner), "uid", "uname"),
    ...owner(text(upload.group), "gid", "gname"),
  };
}

function owner(given: string, id: "uid" | "gid", name: "uname" | "gname"): Partial<Header> {
  if (given === "") return {};
  return /^\d+$/.test(given) ? { [id]: Number(given) } : { [name]: given };
}

async function uploadContent(upload: PropertyMap): Promise<Buffer> {
  const given = ["content", "contentBase64", "source"].filter((name) => text(upload[name]) !== "");
  if (given.length === 0) {
    throw new ProviderError(
      "error with upload content: one of 'content', 'content_base64', or 'source' must be set",
    );
  }
  if (given.length > 1) {
    throw new ProviderError(
      "error with upload content: only one of 'content', 'content_base64', or 'source' can be set",
    );
  }
  if (given[0] === "content") return Buffer.from(text(upload.content));
  if (given[0] === "contentBase64") return Buffer.from(text(upload.contentBase64), "base64");
  try {
    return await readFile(text(upload.source));
  } catch (error) {
    throw new ProviderError(`could not read file: ${messageOf(error)}`);
  }
}
