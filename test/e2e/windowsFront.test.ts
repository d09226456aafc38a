import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, it } from "vitest";
import { prepareWindowsImages, windowsImages } from "../../lab/cell/windowsImages";
import { uniqueName } from "../support/engine";
import { TestFront } from "../support/front";
import { TestStack } from "../support/stack";

const engine = process.env.DOCKER_HOST;
let front: TestFront;
let stack: TestStack;

beforeAll(async () => {
  await prepareWindowsImages(new Docker(), (line) => process.stderr.write(`laboratory: ${line}\n`));
  front = await TestFront.start({ release: "2016" });
  await mkdir(join(front.directory, "c/containers/data"), { recursive: true });
  process.env.DOCKER_HOST = front.host;
  stack = await TestStack.create(uniqueName("e2e"), "test/e2e/programs/nat-service");
});

afterAll(async () => {
  await stack.remove();
  await front.close();
  if (engine === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = engine;
});

it("a service of IIS containers is deployed, is found unchanged, and scales", async () => {
  const args = {
    platform: "windows",
    hostRelease: "2016",
    image: windowsImages.iis("2016"),
    replicas: 1,
    ports: [{ container: 80 }],
    volumes: [
      { hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" },
      { volume: "logs", containerPath: "c:\\inetpub\\logs" },
    ],
    environment: { GREETING: "hello" },
    memoryMb: 256,
    healthCheck: { path: "/healthz", intervalSeconds: 1 },
  };
  await stack.configure({ args: JSON.stringify(args) });
  await stack.up();
  // With what the engine says of itself and of what it has.
  await stack.expect(0, "preview", "--refresh", "--expect-no-changes");

  await stack.configure({ args: JSON.stringify({ ...args, replicas: 2 }) });
  await stack.up();
  const { endpoints, network } = await stack.outputs<{ endpoints: string[]; network: string }>();
  expect(network).toBe("nat");
  expect(endpoints).toHaveLength(2);
  for (const endpoint of endpoints) {
    const { status } = await fetch(`http://${endpoint}/`, { headers: { connection: "close" } });
    expect(status).toBe(200);
  }
});
