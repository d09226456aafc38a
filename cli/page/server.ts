import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { messageOf } from "../../sdk/errorText";

/** A page that is being served. */
export interface ServedPage {
  url: string;
  close: () => Promise<void>;
}

/** Only this machine's own programs can connect to it. */
const address = "127.0.0.1";

/** The page may load and ask its own server only, and no other page may show it in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** The page's files by path; they are not compiled, so they lie where the sources are. */
const files: Readonly<Record<string, { name: string; type: string }>> = {
  "/": { name: "page.html", type: "text/html; charset=utf-8" },
  "/page.css": { name: "page.css", type: "text/css; charset=utf-8" },
  "/page.js": { name: "page.js", type: "text/javascript; charset=utf-8" },
};

function browserDirectory(): string {
  for (let root = __dirname; root !== dirname(root); root = dirname(root)) {
    const candidate = join(root, "cli", "page", "browser");
    if (existsSync(join(candidate, "page.html"))) return candidate;
  }
  throw new Error(`the page's files (cli/page/browser) are not in any directory above ${__dirname}`);
}

/**
 * Serves the status page to browsers of this machine.
 *
 * @param look what `/status.json` answers
 * @param port 0 for any that is free
 * @throws Error when the port is taken
 */
export async function servePage(look: () => Promise<unknown>, port: number): Promise<ServedPage> {
  const server = createServer((request, response) => {
    answer(request, response, portOf(server), look);
  });
  server.listen(port, address);
  await once(server, "listening");
  return {
    url: `http://${address}:${portOf(server)}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  look: () => Promise<unknown>,
): void {
  const send = (status: number, type: string, body: string) =>
    void response.writeHead(status, { ...headers, "content-type": type }).end(body);
  const path = request.url ?? "";
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  // Another site's name may be led to this address (DNS rebinding); its pages then are of this origin.
  const hosts = [address, "localhost"].map((name) => `${name}:${port}`);
  if (!hosts.includes(request.headers.host ?? "")) {
    send(403, "text/plain", "This page is for this machine's own browsers.\n");
  } else if (request.method !== "GET") {
    send(405, "text/plain", "Only GET is answered.\n");
  } else if (path === "/status.json") {
    look().then(
      (report) => {
        send(200, "application/json", JSON.stringify(report));
      },
      (error: unknown) => {
        send(502, "application/json", JSON.stringify({ error: messageOf(error) }));
      },
    );
  } else if (file === undefined) {
    send(404, "text/plain", "There is no such page.\n");
  } else {
    send(200, file.type, readFileSync(join(browserDirectory(), file.name), "utf8"));
  }
}

function portOf(server: Server): number {
  const bound = server.address();
  return bound === null || typeof bound === "string" ? 0 : bound.port;
}
