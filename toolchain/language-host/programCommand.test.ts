import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configJson, pluginCommand, programCommand, type ProgramRun } from "./programCommand";
import { parseRuntimeOptions } from "./runtimeOptions";

const preload = `--require=${join(__dirname, "inspectErrors.js")}`;

const run: ProgramRun = {
  runModule: "/sdk/cmd/run/index.js",
  entryPoint: "index.js",
  programArguments: [],
  monitorAddress: "127.0.0.1:1",
  engineAddress: "127.0.0.1:2",
  organization: "organization",
  project: "shop",
  stack: "dev",
  rootDirectory: "/shop",
  programDirectory: "/shop/src",
  dryRun: false,
  parallel: 16,
  tracing: undefined,
  config: { "shop:replicas": "2" },
  configSecretKeys: ["shop:password"],
};

describe("programCommand", () => {
  it("passes everything that the SDK asks for", () => {
    const command = programCommand(run, parseRuntimeOptions({}), { PATH: "/bin" });
    expect(command.arguments.join(" ")).toBe(
      `${preload} /sdk/cmd/run/index.js --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization organization ` +
        "--project shop --root-directory /shop --stack dev --pwd /shop/src --parallel 16 index.js",
    );
    expect(command.environment).toEqual({
      PATH: "/bin",
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_CONFIG: '{"shop:config:replicas":"2"}',
      PULUMI_CONFIG_SECRET_KEYS: '["shop:password"]',
    });
  });

  it("puts flags before and the program's arguments behind the entry point", () => {
    const options = parseRuntimeOptions({ nodeargs: "--max-old-space-size=100", typescript: false });
    const preview = { ...run, dryRun: true, tracing: "http://t", entryPoint: "", programArguments: ["a"] };
    const command = programCommand(preview, options, {});
    expect(command.arguments.slice(0, 2)).toEqual([preload, "--max-old-space-size=100"]);
    expect(command.arguments.slice(-5)).toEqual(["--tracing", "http://t", "--dry-run", ".", "a"]);
    expect(command.environment.PULUMI_NODEJS_TYPESCRIPT).toBe("false");
  });
});

describe("configJson", () => {
  it("writes keys in their long form, once", () => {
    expect(configJson({ "a:b": "1", "a:config:c": "2", "a:d:e": "3" })).toBe(
      '{"a:config:b":"1","a:config:c":"2","a:config:d:e":"3"}',
    );
  });

  it("refuses a key without a namespace", () => {
    expect(() => configJson({ alone: "1" })).toThrow('"alone" has no namespace');
  });
});

it("runs a plugin in the given directory with the given environment", () => {
  const command = pluginCommand(
    {
      runModule: "/sdk/cmd/run-plugin/index.js",
      pluginDirectory: "/plugin",
      pluginArguments: ["127.0.0.1:2"],
      workingDirectory: "/shop",
      environment: ["A=1", "B=x=y", "=C:=C:\\"],
    },
    parseRuntimeOptions({ tsconfig: "t.json" }),
  );
  expect(command).toEqual({
    arguments: [preload, "/sdk/cmd/run-plugin/index.js", "/plugin", "127.0.0.1:2"],
    workingDirectory: "/shop",
    environment: {
      A: "1",
      B: "x=y",
      "=C:": "C:\\",
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "t.json",
    },
  });
});
