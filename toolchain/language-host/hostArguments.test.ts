import { expect, it } from "vitest";
import { parseHostArguments } from "./hostArguments";

it("takes the engine's address", () => {
  expect(parseHostArguments(["127.0.0.1:1234"])).toEqual({
    engineAddress: "127.0.0.1:1234",
    tracing: undefined,
    showVersion: false,
  });
});

it("understands flags with one dash and with two, of newer and older CLIs", () => {
  expect(parseHostArguments(["-tracing", "http://t", "-root=/p", "127.0.0.1:1"])).toMatchObject({
    engineAddress: "127.0.0.1:1",
    tracing: "http://t",
  });
  expect(parseHostArguments(["--typescript=false", "--nodeargs=--a b", "127.0.0.1:1"])).toMatchObject({
    engineAddress: "127.0.0.1:1",
  });
  expect(parseHostArguments(["--version"])).toMatchObject({ engineAddress: undefined, showVersion: true });
});

it("refuses other runtimes and unknown flags", () => {
  expect(() => parseHostArguments(["-runtime=bun", "127.0.0.1:1"])).toThrow("nodejs programs only, not bun");
  expect(() => parseHostArguments(["--surprise"])).toThrow("--surprise");
});
