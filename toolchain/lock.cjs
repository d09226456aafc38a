"use strict";

// A lock that the operating system releases when its holder ends, however it ends: a listening local
// socket. There is no lock file that could outlive a killed process. Whoever waits is connected to the
// holder: it learns from it whom it waits for, and notices at once when the holder is gone.
// Plain JavaScript, because bootstrap.mjs needs it before anything is installed or built.

const { createHash } = require("node:crypto");
const { rmSync } = require("node:fs");
const net = require("node:net");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

/** The socket's address: neither Linux (abstract socket) nor Windows (pipe) keeps a file for it. */
function lockAddress(directory, name, platform = process.platform) {
  const id = createHash("sha256").update(`${directory}\n${name}`).digest("hex").slice(0, 24);
  if (platform === "linux") return `\0webfarm-${id}`;
  if (platform === "win32") return `\\\\.\\pipe\\webfarm-${id}`;
  return join(tmpdir(), `webfarm-${id}.sock`);
}

class LockTimeout extends Error {}

/** Listens on the address; undefined when somebody else does. */
function tryListen(address, identity) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = net.createServer((socket) => {
      waiting.add(socket);
      socket.on("close", () => waiting.delete(socket));
      socket.on("error", () => waiting.delete(socket));
      socket.write(`${identity}\n`);
      socket.unref();
    });
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(() => {
        for (const socket of waiting) socket.destroy();
        return new Promise((closed) => server.close(closed));
      });
    });
  });
}

/** Resolves to false when nobody holds the lock, to true when the holder has gone or the time is up. */
function waitForHolder(address, milliseconds, onHolder) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const timer = setTimeout(() => socket.destroy(), milliseconds);
    socket.on("data", (data) => onHolder(data.toString().trim()));
    socket.on("error", () => resolve(false));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/**
 * Runs `work` while holding the lock `name` of `directory`. While another process holds it,
 * `onWait(holder)` is called once for each holder; after `timeoutSeconds` the wait ends with an error.
 */
async function withLock({ directory, name, identity, timeoutSeconds, onWait }, work) {
  const address = lockAddress(directory, name);
  const deadline = Date.now() + timeoutSeconds * 1000;
  let holder;
  for (;;) {
    const release = await tryListen(address, identity);
    if (release) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    const left = deadline - Date.now();
    if (left <= 0) {
      throw new LockTimeout(
        `gave up after waiting ${timeoutSeconds} s for ${holder ?? "another process"}, which holds the lock "${name}" of ${directory}`,
      );
    }
    const met = await waitForHolder(address, left, (identityOfHolder) => {
      if (identityOfHolder === holder) return;
      holder = identityOfHolder;
      onWait?.(holder);
    });
    // Only a socket that is a file can be left over: nobody answers, yet the address is taken.
    if (!met && process.platform !== "linux" && process.platform !== "win32")
      rmSync(address, { force: true });
    await sleep(50);
  }
}

module.exports = { LockTimeout, lockAddress, withLock };
