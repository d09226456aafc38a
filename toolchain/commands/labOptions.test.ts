import { describe, expect, it } from "vitest";
import { SetupError } from "../setup/errors";
import { readLabOptions } from "./labOptions";

describe("options of npm run lab", () => {
  it("are none by default", () => {
    expect(readLabOptions([])).toEqual({ knobs: { dns: {} } });
  });

  it("set release, endpoint and knobs", () => {
    const args =
      "--release 2016 --isolation hyperv --port 2375 --seed 7 --start-seconds 30-60 --dns-negative=8";
    expect(readLabOptions(args.split(" "))).toEqual({
      release: "2016",
      isolation: "hyperv",
      port: 2375,
      knobs: { seed: 7, startSeconds: [30, 60], dns: { negativeAnswers: 8 } },
    });
  });

  it("ask for help", () => {
    expect(readLabOptions(["--help"])).toBeUndefined();
  });

  it.each([
    ["--release 2012", '--release is "2012"; allowed is one of 2016, 2019, 2022, 2025'],
    ["--port x", '--port is "x"; allowed is a whole number'],
    ["--dns-delay 5-1", '--dns-delay is "5-1"; allowed is a number such as 5, or a range such as 3-10'],
    ["--dns-negative=-1", '--dns-negative is "-1"; allowed is'],
    ["--colour red", "Unknown option '--colour'"],
  ])("%s is refused", (args, message) => {
    expect(() => readLabOptions(args.split(" "))).toThrow(SetupError);
    expect(() => readLabOptions(args.split(" "))).toThrow(message);
  });
});
