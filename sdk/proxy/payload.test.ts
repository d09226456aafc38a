import { describe, expect, it } from "vitest";
import { encodeBytes, encodePieces } from "./payload";

const files = [
  { name: "tls-1.crt", text: "ä" },
  { name: "nginx.conf", text: "a {\n\n  b;\n}\n" },
];

describe("the payload", () => {
  it("counts bytes for sh", () => {
    const { commands, input = "", parameters } = encodeBytes(files);
    const [id = "", bytes] = parameters;
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(input).toBe(`#webfarm-file ${id} tls-1.crt\nä\n#webfarm-file ${id} nginx.conf\na {\n\n  b;\n}\n`);
    expect(bytes).toBe(String(Buffer.byteLength(input)));
    expect(commands).toEqual([]);
    expect(encodeBytes(files).parameters[0]).not.toBe(id);
  });

  it("is command lines for cmd, none too long, that carry any text", () => {
    const long = { name: "nginx.conf", text: `! " % ^ & | < > ä\n\n${"x".repeat(20_000)}` };
    const { commands, parameters } = encodePieces([files[0] ?? long, long]);
    const written = new Map<string, string>();
    for (const { command, environment = [] } of commands) {
      const [cmd, s, c, line = ""] = command;
      expect([cmd, s, c]).toEqual(["cmd", "/s", "/c"]);
      const [, file = ""] = /^>>c:\\webfarm\\(\S+)\.b64 echo %WEBFARM_PIECE%$/.exec(line) ?? [];
      const [, piece = ""] = /^WEBFARM_PIECE=([A-Za-z0-9+/=]+)$/.exec(environment.join("\n")) ?? [];
      expect(line.length + piece.length).toBeLessThan(8000);
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
