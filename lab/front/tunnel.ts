import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Duplex } from "node:stream";
import { EngineRefusal } from "./api";
import type { FrontContext } from "./front";
import { ownContainer } from "./handlers/own";

/**
 * A request that stops being HTTP - attach, exec with a terminal or a pipe: its head goes to the engine below
 * with the container's id in it, and from there on the bytes pass through in both directions.
 */
export async function tunnel(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  context: FrontContext,
): Promise<void> {
  const path = await pathBelow(incoming.url ?? "", context);
  const engine = context.engine.open();
  const headers = incoming.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ""}`] : [],
  );
  const request = [`${incoming.method ?? "POST"} ${path} HTTP/1.1`, ...headers, "", ""].join("\r\n");
  const body = await bodyOf(client, head, Number(incoming.headers["content-length"] ?? 0));
  // In one piece, as it came: what dockerd has not read of a body when it takes the connection over, it would
  // hand to the process as its input. (dockerode sends the options of an attach in a body, too.)
  engine.write(Buffer.concat([Buffer.from(request), body]));
  // Either side may end first and still listen: `echo x | docker run -i`.
  await Promise.allSettled([pipeline(client, engine), pipeline(engine, client)]);
}

/** The request's body, and what came behind it; `head` is what came with the request. */
async function bodyOf(client: Duplex, head: Buffer, length: number): Promise<Buffer> {
  let body = head;
  while (body.length < length) {
    await once(client, "readable");
    const more = client.read() as Buffer | null;
    if (more === null) throw new Error(`the request's body ended after ${body.length} of ${length} bytes`);
    body = Buffer.concat([body, more]);
  }
  return body;
}

async function pathBelow(url: string, context: FrontContext): Promise<string> {
  const [, version = "", name = "", rest = ""] =
    /^(\/v[\d.]+)?\/containers\/([^/]+)(\/attach.*)$/.exec(url) ?? [];
  if (name !== "") {
    const { Id } = await ownContainer(context, decodeURIComponent(name));
    return `${version}/containers/${Id}${rest}`;
  }
  if (/^(\/v[\d.]+)?\/exec\/[0-9a-f]+\/start$/.test(url)) {
    await context.delays.beforeExec();
    return url;
  }
  throw new EngineRefusal(501, `the laboratory's engine front does not know POST ${url} as a stream`);
}
