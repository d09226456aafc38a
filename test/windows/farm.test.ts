import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniqueName } from "../support/engine";
import { TestStack } from "../support/stack";

/**
 * The whole stack on a real host, above all one of Windows containers: `.github/workflows/windows.yml`. Which
 * images it has is told by `WEBFARM_STACK_SETTINGS`, the stack's settings as JSON.
 */
const settings = JSON.parse(process.env.WEBFARM_STACK_SETTINGS ?? "null") as Record<
  string,
  string | number
> | null;

interface Outputs {
  localUrl: string;
  replicas: { containerName: string }[];
}

const docker = new Docker();
let stack: TestStack;

beforeAll(async () => {
  if (settings === null) throw new Error("set WEBFARM_STACK_SETTINGS, see test/windows/farm.test.ts");
  stack = await TestStack.create(uniqueName("host"));
  await stack.configure({ replicas: 1, ...settings });
});

afterAll(() => stack.remove());

const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`webfarm.stack=webfarm/${stack.name}`] } });

/** Asks again and again, on a new connection each time, while something is done; what did not answer well. */
async function failuresDuring(work: () => Promise<unknown>): Promise<string[]> {
  const { localUrl } = await stack.outputs<Outputs>();
  const failures: string[] = [];
  let answered = 0;
  let isDone = false;
  const asking = (async () => {
    while (!isDone) {
      await fetch(localUrl, { headers: { connection: "close" }, signal: AbortSignal.timeout(30_000) })
        .then(async (answer) => {
          await answer.arrayBuffer();
          if (answer.status === 200) answered++;
          else failures.push(String(answer.status));
        })
        .catch((error: unknown) => failures.push(String(error)));
    }
  })();
  await work().finally(() => {
    isDone = true;
  });
  await asking;
  expect(answered).toBeGreaterThan(0);
  return failures;
}

describe("a farm on this host", () => {
  it("is deployed, serves, and has nothing to do afterwards", async () => {
    await stack.up();
    const { localUrl } = await stack.outputs<Outputs>();
    expect((await fetch(localUrl)).status).toBe(200);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("scales out, rolls and scales in, and no request fails", async () => {
    const upWith = async (change: Record<string, string | number>) => {
      await stack.configure(change);
      await stack.up();
    };
    expect(await failuresDuring(() => upWith({ replicas: 3 }))).toEqual([]);
    const before = (await stack.outputs<Outputs>()).replicas.map(({ containerName }) => containerName);
    expect(before).toHaveLength(3);
    expect(await failuresDuring(() => upWith({ generation: "2" }))).toEqual([]);
    const after = (await stack.outputs<Outputs>()).replicas.map(({ containerName }) => containerName);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(await failuresDuring(() => upWith({ replicas: 1 }))).toEqual([]);
  });

  it("leaves nothing behind", async () => {
    expect((await containers()).length).toBeGreaterThan(0);
    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    expect(await containers()).toEqual([]);
  });
});
