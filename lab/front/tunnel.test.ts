import type { IncomingMessage } from "node:http";
import { duplexPair } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { FrontContext } from "./front";
import { tunnel } from "./tunnel";

const options = '{"Detach":false,"Tty":false}';

/** An exec whose request has come as far as `head`; both ends of it, and what the engine was told, piece by piece. */
function asked(head: string) {
  const [client, clientSide] = duplexPair();
  const [engine, engineSide] = duplexPair();
  const pieces: string[] = [];
  engine.on("data", (piece: Buffer) => pieces.push(String(piece)));
  const length = String(options.length);
  const incoming = {
    method: "POST",
    url: "/v1.41/exec/abc/start",
    rawHeaders: ["Content-Length", length],
    headers: { "content-length": length },
  } as unknown as IncomingMessage;
  const context = {
    engine: { open: () => engineSide },
    delays: { beforeExec: () => Promise.resolve() },
  } as unknown as FrontContext;
  return { client, engine, pieces, over: tunnel(incoming, clientSide, Buffer.from(head), context) };
}

it("passes a body on together with its request, however it came", async () => {
  const { client, engine, pieces, over } = asked(options.slice(0, 5));
  await sleep(20);
  client.write(options.slice(5, 9));
  await sleep(20);
  client.write(options.slice(9));
  await sleep(20);
  expect(pieces).toEqual([
    `POST /v1.41/exec/abc/start HTTP/1.1\r\nContent-Length: ${options.length}\r\n\r\n${options}`,
  ]);

  client.end("input");
  engine.end("output");
  expect(await text(client)).toBe("output");
  await over;
  expect(pieces.slice(1)).toEqual(["input"]);
});

it("fails when the body does not come whole", async () => {
  const { client, over } = asked(options.slice(0, 5));
  client.end();
  await expect(over).rejects.toThrow(`after 5 of ${options.length} bytes`);
});
