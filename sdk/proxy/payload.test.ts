import { describe, expect, it } from "vitest";
import { encodeBytes, encodePieces } from "./payload";

const files = [
  { name: "tls-1.crt", text: "ä" },
  { name: "nginx.conf", text: "a {\n\n  b;\n}\n" },
];

describe("the payload", () => {
  it("counts bytes for sh", () => {
    const input = "#webfarm-file tls-1.crt\nä\n#webfarm-file nginx.conf\na {\n\n  b;\n}\n";
    const parameters = [String(Buffer.byteLength(input))];
    expect(encodeBytes(files)).toEqual({ commands: [], input, parameters });
  });

  it("is command lines for cmd, none too long, that carry any text", () => {
    const long = { name: "nginx.conf", text: `! " % ^ & | < > ä\n\n${"x".repeat(20_000)}` };
    const { commands, parameters } = encodePieces([files[0] ?? long, long]);
    const written = new Map<string, string>();
    for (const [cmd, s, c, line = ""] of commands) {
      expect([cmd, s, c]).toEqual(["cmd", "/s", "/c"]);
      expect(line.length).toBeLessThan(8000);
      const [, file = "", piece = ""] = /^>>c:\\webfarm\\(\S+)\.b64 echo ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
      written.set(file, (written.get(file) ?? "") + piece);
    }
    const [id] = parameters;
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(parameters[1]).toBe(String(Buffer.byteLength(long.text)));
    const texts = [...written].map(([file, base64]) => [file, Buffer.from(base64, "base64").toString()]);
    expect(texts).toEqual([
      [`${id}-tls-1.crt`, "ä"],
      [`${id}-nginx.conf`, long.text],
    ]);
  });
});
