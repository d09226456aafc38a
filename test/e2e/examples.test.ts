import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { TestStack } from "../support/stack";

describe("examples/scale-set", () => {
  let stack: TestStack;

  beforeAll(async () => {
    const images = await prepareImages({ docker: new Docker(), log: () => undefined });
    stack = await TestStack.create(uniqueName("e2e"), "examples/scale-set");
    await stack.configure({ image: images.webapp, proxyImage: images.proxy });
  });

  afterAll(() => stack.remove());

  it("serves from every upstream, has nothing to do afterwards, and scales in", async () => {
    await stack.up();
    const { localUrl, upstreams } = await stack.outputs<{ localUrl: string; upstreams: string[] }>();
    expect(upstreams).toEqual([
      expect.stringMatching(/^web-1-\w+:80$/) as string,
      expect.stringMatching(/^web-2-\w+:80$/) as string,
    ]);
    const answers = new Set<string | null>();
    for (let request = 0; request < 20; request++) {
      answers.add((await fetch(localUrl)).headers.get("x-webfarm-replica"));
    }
    expect([...answers].sort()).toEqual(["web-1", "web-2"]);
    await stack.expect(0, "preview", "--expect-no-changes");

    await stack.configure({ replicas: 1 });
    await stack.up();
    expect((await stack.outputs<{ upstreams: string[] }>()).upstreams).toHaveLength(1);
  });

  it("says which setting is missing", async () => {
    await stack.expect(0, "config", "rm", "image");
    const result = await stack.run("preview");
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain("is missing configuration value 'image'");
  });
});
