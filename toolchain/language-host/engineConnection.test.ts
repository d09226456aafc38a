import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { watchEngine } from "./engineConnection";

async function startEngine(): Promise<{ server: Server; address: string }> {
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { server, address: `127.0.0.1:${port}` };
}

it("tells once that a connected engine is gone", async () => {
  const { server, address } = await startEngine();
  let gone = 0;
  const watch = watchEngine(address, () => gone++);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(gone).toBe(0);
  server.forceShutdown();
  await expect.poll(() => gone, { timeout: 5_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(gone).toBe(1);
  watch.close();
});

it("tells that an engine is not there at all", async () => {
  const { server, address } = await startEngine();
  server.forceShutdown();
  const watched = await new Promise<string>((resolve) => {
    const watch = watchEngine(address, () => {
      watch.close();
      resolve("gone");
    });
  });
  expect(watched).toBe("gone");
});
