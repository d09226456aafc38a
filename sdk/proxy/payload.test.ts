import { describe, expect, it } from "vitest";
import { cmdFault, encodeBytes, encodeLines } from "./payload";

const files = [
  { name: "tls-1.crt", text: "ä" },
  { name: "nginx.conf", text: "a {\n\n  b;\n}\n" },
];

describe("the payload", () => {
  it("counts bytes for sh", () => {
    const input = "#webfarm-file tls-1.crt\nä\n#webfarm-file nginx.conf\na {\n\n  b;\n}\n";
    expect(encodeBytes(files)).toEqual({ input, size: Buffer.byteLength(input) });
  });

  it("counts lines for cmd, and has no empty ones", () => {
    const lines = ["#webfarm-file tls-1.crt", "ä", "#webfarm-file nginx.conf", "a {", "  b;", "}"];
    expect(encodeLines(files)).toEqual({ input: lines.map((line) => `${line}\r\n`).join(""), size: 6 });
  });

  it("knows what cmd cannot carry", () => {
    expect(cmdFault(`${"x".repeat(1000)}\r\n\ty`)).toBeUndefined();
    expect(cmdFault(`a\n${"x".repeat(1001)}`)).toBe("line 2 is longer than 1000 characters");
    expect(cmdFault("a!")).toBe("line 1 holds an exclamation mark or a control character");
  });
});
