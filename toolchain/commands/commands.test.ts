import { describe, expect, it } from "vitest";
import { projectPaths } from "../setup/paths";
import { leftBehind } from "./destroy";
import { holdersAtWork } from "./interrupted";
import { allReplicasAnswer, type Ask } from "./proxyCheck";
import { keysSetIn } from "./stack";
import { summary } from "./summary";
import { countStage, countTests, failedTests, sum, testExitCode, testLine } from "./testResults";

describe("allReplicasAnswer", () => {
  /** Answers with these replicas, one after the other, over and over. */
  const inTurn = (...replicas: (string | undefined)[]): Ask => {
    let request = 0;
    return () => {
      const replica = replicas[request++ % replicas.length];
      return Promise.resolve(replica === undefined ? { failure: "refused" } : { replica });
    };
  };

  it("asks until each has answered, over failures", async () => {
    const ask = inTurn("webapp-1", undefined, "webapp-1", "webapp-2");
    await expect(allReplicasAnswer("http://x", ["webapp-1", "webapp-2"], ask)).resolves.toEqual([
      "webapp-1",
      "webapp-2",
    ]);
  });

  it("names those that never answered, and the last failure", async () => {
    const ask = inTurn("webapp-1", undefined);
    await expect(allReplicasAnswer("http://x", ["webapp-1", "webapp-2"], ask, 0.3)).rejects.toThrow(
      /no answer came from webapp-2 within 0\.3 s \(\d+ requests; the last failure: refused\)/,
    );
  });

  it("has nothing to ask of no replicas", async () => {
    await expect(allReplicasAnswer("http://x", [], inTurn(undefined))).resolves.toEqual([]);
  });
});

describe("keysSetIn", () => {
  it("finds the stack's own keys only", () => {
    const file =
      'encryptionsalt: v1:x\nconfig:\n  webfarm:platform: linux\n  docker:host: tcp://webfarm:x\n  webfarm:replicas: "5"\n';
    expect(keysSetIn(file, "webfarm")).toEqual(new Set(["platform", "replicas"]));
    expect(keysSetIn("", "webfarm").size).toBe(0);
  });
});

describe("holdersAtWork", () => {
  it("counts the living here and everybody elsewhere", () => {
    const locks = [
      { pid: 1, hostname: "here" },
      { pid: 2, hostname: "here" },
      { pid: 3, hostname: "there" },
    ];
    expect(holdersAtWork(locks, "here", (pid) => pid === 2).map(({ pid }) => pid)).toEqual([2, 3]);
  });
});

describe("test results", () => {
  const results = (passed: number, failed: number, files: object[] = []): string =>
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: files });

  it("are those that vitest wrote", () => {
    expect(countTests(results(5, 2), 1)).toEqual({ passed: 5, failed: 2 });
  });

  it("count a file that does not load, a run without a result and an unexplained failure as one each", () => {
    const broken = {
      name: "/p/a.test.ts",
      status: "failed",
      message: "no such module",
      assertionResults: [],
    };
    const failureMessages = [
      "AssertionError: \u001b[31mlost\u001b[39m 3\n    at farm.test.ts:1:2\n\n- 0\n+ 3",
    ];
    const assertionResults = [
      { status: "failed", fullName: "farm rolls", failureMessages },
      { status: "passed", fullName: "farm scales" },
    ];
    const explained = { name: "/p/test/b.test.ts", status: "failed", assertionResults };
    const json = results(5, 1, [broken, explained]);
    expect(failedTests(json, "/p")).toEqual([
      "a.test.ts\n    no such module",
      "test/b.test.ts: farm rolls\n    AssertionError: lost 3\n    - 0\n    + 3",
    ]);
    expect(countTests(json, 1)).toEqual({ passed: 5, failed: 2 });
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 });
    expect(countTests(results(5, 0), 1)).toEqual({ passed: 5, failed: 1 });
  });

  it("end in one line and an exit code that tells nothing tested from all passed", () => {
    const total = sum([countStage(0), countStage(2), { passed: 3, failed: 0 }]);
    expect(testLine(total)).toBe("3 passed, 1 failed");
    expect(testExitCode(total)).toBe(1);
    expect(testExitCode({ passed: 3, failed: 0 })).toBe(0);
    expect(testExitCode({ passed: 0, failed: 0 })).toBe(1);
  });
});

describe("what is shown at the end", () => {
  it("names the outputs, what runs the farm, and the next commands", () => {
    const text = summary(
      {
        engine: {
          version: "20.10.24",
          os: "linux",
          isLocal: true,
          endpoint: { host: "unix:///e.sock", verifyTls: false, origin: "the default socket" },
        },
        cli: { file: "/p/pulumi", version: "v3.259.0", source: "built from Go modules" },
        languageHost: { source: "this project's" },
        plugin: { source: "stand-in", version: "5.2.0" },
      },
      {
        url: "http://192.0.2.2",
        localUrl: "http://localhost",
        consoleCommand: "docker exec -it console sh",
        replicas: [{ name: "webapp-1" }, { name: "webapp-2" }],
      },
    );
    for (const part of [
      "http://192.0.2.2",
      "webapp-1, webapp-2",
      "stand-in v5.2.0",
      "20.10.24 (linux)",
      "set replicas 5",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("after a destroy names what stays, and where", () => {
    expect(leftBehind(projectPaths("/nowhere"), undefined)).toEqual(["Nothing of the farm runs any more."]);
    expect(leftBehind(projectPaths("/nowhere"), "tcp://lab:2375").join("\n")).toContain("tcp://lab:2375");
  });
});
