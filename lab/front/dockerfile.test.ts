import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { Readable } from "node:stream";
import { extract, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { translatedContext } from "./buildContext";
import { basesOf, translateDockerfile } from "./dockerfile";

const translate = (text: string, buildArgs = {}) =>
  translateDockerfile(text, { buildArgs, isCell: (base) => base.startsWith("mcr.microsoft.com/windows") });

describe("a Dockerfile for Windows", () => {
  it("becomes one whose commands the cell runs, with its paths below /c", () => {
    const text = `# escape=\`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
# a comment
COPY nginx\\conf C:\\nginx\\conf\\
RUN echo one && \`
    # in between

    del c:\\one
RUN ["powershell", "-Command", "exit 0"]
SHELL ["powershell", "-Command"]
RUN Write-Host 'x'
WORKDIR c:\\nginx
ENV ROOT=c:\\nginx
USER ContainerAdministrator
VOLUME c:\\data
HEALTHCHECK --interval=5s CMD curl.exe -f http://localhost
CMD nginx.exe -p c:\\nginx
`;
    expect(translate(text).split("\n")).toEqual([
      "# escape=`",
      "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
      'COPY ["nginx/conf","/c/nginx/conf/"]',
      String.raw`RUN ["/lab/exec","cmd","/S","/C","echo one &&     del c:\\one"]`,
      'RUN ["/lab/exec","powershell","-Command","exit 0"]',
      'SHELL ["powershell", "-Command"]',
      `RUN ["/lab/exec","powershell","-Command","Write-Host 'x'"]`,
      "WORKDIR /c/nginx",
      "ENV ROOT=c:\\nginx",
      'VOLUME ["/c/data"]',
      "HEALTHCHECK --interval=5s CMD curl.exe -f http://localhost",
      String.raw`CMD ["powershell","-Command","nginx.exe -p c:\\nginx"]`,
      "",
    ]);
  });

  it("knows its base by the build's arguments, and leaves stages on other images as they are", () => {
    const text = readFileSync(join(__dirname, "../../sdk/proxy/image/windows/Dockerfile"), "utf8");
    const base = "mcr.microsoft.com/windows/servercore:ltsc2016";
    expect(basesOf(text, { BASE: base })).toEqual([base]);
    expect(translate(text, { BASE: base })).toContain('RUN ["/lab/exec","cmd","/S","/C","certutil');
    expect(translate(text, { BASE: "nginx:1" })).not.toContain("/lab/exec");

    const stages =
      "FROM golang AS build\nRUN go build\nFROM mcr.microsoft.com/windows/nanoserver\nCOPY --from=build /app c:/app/\n";
    expect(translate(stages).split("\n")).toEqual([
      "FROM golang AS build",
      "RUN go build",
      "FROM mcr.microsoft.com/windows/nanoserver",
      'COPY --from=build ["/app","/c/app/"]',
      "",
    ]);
  });

  it("is refused where it cannot be translated, with the instruction", () => {
    const from = "FROM mcr.microsoft.com/windows/servercore\n";
    expect(() => translate(`${from}ONBUILD RUN x`)).toThrow(
      /cannot build this Dockerfile: .*: ONBUILD RUN x/,
    );
    expect(() => translate(`${from}WORKDIR $APP`)).toThrow(/begins with a variable.*WORKDIR \$APP/);
    expect(() => translate(`${from}RUN x \\`)).toThrow("ends inside an instruction: RUN x");
  });
});

describe("a build context", () => {
  const archived = async (): Promise<Buffer> => {
    const archive = pack();
    archive.entry({ name: "./big.bin" }, Buffer.alloc(300_000, 7));
    archive.entry({ name: "./docker/Dockerfile" }, "FROM mcr.microsoft.com/windows/servercore\nRUN dir\n");
    archive.entry({ name: "after.txt" }, "after");
    archive.finalize();
    return buffer(archive);
  };
  const unpacked = async (context: Readable): Promise<Record<string, string>> => {
    const files: Record<string, string> = {};
    const entries = extract();
    const reading = pipeline(context, entries);
    reading.catch(() => undefined);
    for await (const entry of entries) {
      const { name } = (entry as unknown as { header: { name: string } }).header;
      files[name] = (await buffer(entry)).toString();
    }
    await reading;
    return files;
  };
  const options = { dockerfile: "docker/Dockerfile", buildArgs: {}, isCell: () => Promise.resolve(true) };

  it.each([
    ["plain", (content: Buffer) => content],
    ["compressed", (content: Buffer) => gzipSync(content)],
  ])("keeps all its files when it comes %s, the Dockerfile translated", async (_, packed) => {
    const content = packed(await archived());
    const files = await unpacked(
      translatedContext(Readable.from([content.subarray(0, 700), content.subarray(700)]), options),
    );
    expect(files["./docker/Dockerfile"]).toContain('RUN ["/lab/exec","cmd","/S","/C","dir"]');
    expect(files["./big.bin"]).toBe("\u0007".repeat(300_000));
    expect(files["after.txt"]).toBe("after");
  });

  it("fails with the reason when its Dockerfile cannot be translated", async () => {
    const failing = { ...options, isCell: () => Promise.reject(new Error("no engine")) };
    await expect(unpacked(translatedContext(Readable.from([await archived()]), failing))).rejects.toThrow(
      "no engine",
    );
  });
});
