import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Deployment, NO_CHANGE, object } from "./dockerPluginDeployment";

/** Images: built from a context, tagged, found again, removed. */
let deployment: Deployment;
const directory = mkdtempSync(join(tmpdir(), "docker-plugin-"));

beforeAll(async () => {
  deployment = await Deployment.start("pluginimg");
});

afterAll(async () => {
  await deployment.end();
  rmSync(directory, { recursive: true });
});

describe("Image, RemoteImage and Tag", () => {
  it("builds what .dockerignore leaves, tags it and finds it again", async () => {
    const context = join(directory, "context");
    mkdirSync(join(context, "secret"), { recursive: true });
    writeFileSync(
      join(directory, "Outside"),
      `FROM ${deployment.image}\nARG GREETING\nCOPY . /www/\nRUN echo $GREETING > /www/greeting\n`,
    );
    writeFileSync(join(context, ".dockerignore"), "secret\n*.log\n!kept.log\n");
    for (const file of ["page", "a.log", "kept.log", "secret/key"]) writeFileSync(join(context, file), "x");
    const name = `${deployment.prefix}app:1`;
    const build = { context, dockerfile: join(directory, "Outside"), args: { GREETING: "hello" } };
    const built = await deployment.create("Image", "app", { imageName: name, skipPush: true, build });
    expect(built.outputs.repoDigest).toMatch(/^sha256:/);
    expect(await deployment.diff(built)).toEqual({ changes: "DIFF_NONE" });

    const { id } = await deployment.create("Container", "app", deployment.container("app", { image: name }));
    const files = await deployment.run(id, ["busybox", "ls", "-a", "/www"]);
    expect(files).toMatch(/page[^]*kept\.log|kept\.log[^]*page/);
    expect(files).not.toMatch(/secret|a\.log/);
    expect(await deployment.run(id, ["busybox", "cat", "/www/greeting"])).toContain("hello");

    writeFileSync(join(context, "secret/key"), "y");
    const same = object(
      (await deployment.check("Image", "app", { imageName: name, skipPush: true, build })).inputs,
    );
    expect(same).toEqual(built.inputs);
    writeFileSync(join(context, "page"), "y");
    const other = object(
      (await deployment.check("Image", "app", { imageName: name, skipPush: true, build })).inputs,
    );
    expect(await deployment.diff({ ...built, inputs: other })).toMatchObject({
      detailedDiff: { build: { kind: "UPDATE" } },
    });

    const tagged = await deployment.create("Tag", "tag", {
      sourceImage: name,
      targetImage: `${deployment.prefix}app:2`,
    });
    expect(tagged.outputs.sourceImageId).toBe(built.outputs.repoDigest);
    const remote = await deployment.create("RemoteImage", "remote", { name: `${deployment.prefix}app:2` });
    expect(remote.outputs.imageId).toBe(built.outputs.repoDigest);
    expect(await deployment.diff(remote)).toEqual(NO_CHANGE);
    await deployment.remove(remote);
    expect(await deployment.read(remote)).toEqual({});
  });

  it("says what the builder said when a build fails", async () => {
    const context = mkdtempSync(join(directory, "broken"));
    writeFileSync(join(context, "Dockerfile"), `FROM ${deployment.image}\nRUN false\n`);
    const news = { imageName: `${deployment.prefix}broken:1`, skipPush: true, build: { context } };
    await expect(deployment.create("Image", "broken", news)).rejects.toThrow(
      /error building .*returned a non-zero code: 1/,
    );
  });
});
