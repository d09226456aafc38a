import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { prepareWindowsImages, windowsImages } from "../../lab/cell/windowsImages";
import { prepareImages } from "../../toolchain/images";
import { windowsRefusals } from "../fixtures/windowsRefusals";
import { dockerCompose } from "../support/dockerCompose";
import { eventually } from "../support/engine";
import { TestFront } from "../support/front";

const engine = new Docker();
const servercore = windowsImages.servercore("2022");
let webapp: string;
let front: TestFront;

beforeAll(async () => {
  await prepareWindowsImages(engine, (line) => process.stderr.write(`laboratory: ${line}\n`));
  ({ webapp } = await prepareImages({ docker: engine, log: () => undefined }));
  front = await TestFront.start({ release: "2022" });
  await mkdir(join(front.directory, "c/containers/data"), { recursive: true });
  await writeFile(join(front.directory, "c/containers/file.txt"), "");
});

afterEach(async () => {
  const left = await front.client.listContainers({ all: true });
  await Promise.all(left.map(({ Id }) => front.client.getContainer(Id).remove({ force: true, v: true })));
});

afterAll(() => front.close());

/** The status of an answer, or why there is none. */
async function asked(address: string): Promise<number | "no answer"> {
  try {
    const { status } = await fetch(`http://${address}/`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5_000),
    });
    return status;
  } catch {
    return "no answer";
  }
}

describe("the docker command", () => {
  it("sees a Windows host with its nat network", async () => {
    expect(await front.docker("version", "--format", "{{.Server.Os}} {{.Server.KernelVersion}}")).toMatch(
      /^windows 10\.0 20348 /,
    );
    expect(await front.docker("info", "--format", "{{.OSType}} {{.Driver}} {{.Isolation}}")).toBe(
      "windows windowsfilter process",
    );
    expect(
      (await front.docker("network", "ls", "--format", "{{.Name}} {{.Driver}}")).split("\n").sort(),
    ).toEqual(["nat nat", "none null"]);
    expect(await front.docker("network", "inspect", "nat", "--format", "{{json .IPAM.Config}}")).toMatch(
      /"Subnet":"[\d.]+\/\d+","Gateway":"[\d.]+"/,
    );
    expect((await front.run("network", "rm", "nat")).output).toContain("nat is a pre-defined network");
    expect(await front.docker("image", "inspect", servercore, "--format", "{{.Os}} {{.OsVersion}}")).toMatch(
      /^windows 10\.0\.20348\./,
    );
  });

  it("runs, looks into, copies to and from, follows and removes a Windows container", async () => {
    // From now on, whenever the command gets there.
    const since = String(Math.floor(Date.now() / 1000));
    const format = "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}";
    const events = spawn("docker", ["events", "--since", since, "--format", format], {
      env: { ...process.env, DOCKER_HOST: front.host },
    });
    const heard = text(events.stdout);
    const bind = "c:\\containers\\data:c:\\inetpub\\App_Data";
    const script = "echo started %CD% & ping -n 4 127.0.0.1 >nul & echo ended";
    const run = ["run", "-d", "--name", "web", "-w", "c:\\work", "-v", bind];
    await front.docker(...run, servercore, "cmd", "/s", "/c", script);
    // Started at once, `logs -f` ends with the container.
    const followed = front.docker("logs", "-f", "web");

    expect(
      await front.docker("exec", "web", "cmd", "/c", "echo in>c:\\inetpub\\App_Data\\a.txt & echo done"),
    ).toBe("done");
    expect(await readFile(join(front.directory, "c/containers/data/a.txt"), "utf8")).toContain("in");
    await front.docker("cp", "web:c:/inetpub/App_Data/a.txt", join(front.directory, "copied.txt"));
    expect(await readFile(join(front.directory, "copied.txt"), "utf8")).toContain("in");

    expect(
      await front.docker("ps", "--filter", "name=web", "--format", "{{.Names}} {{.Command}}", "--no-trunc"),
    ).toBe(`web "cmd /s /c ${script}"`);
    const shown =
      "{{.Name}} {{.Platform}} {{.Path}} {{.Config.WorkingDir}} {{json .HostConfig.Binds}} {{json .Mounts}}";
    const inspected = await front.docker("inspect", "web", "--format", shown);
    expect(inspected).toContain("/web windows cmd c:\\work");
    expect(inspected).toContain(JSON.stringify([bind]));
    expect(inspected).toContain(
      '"Source":"c:\\\\containers\\\\data","Destination":"c:\\\\inetpub\\\\app_data"',
    );

    expect((await followed).replaceAll(/\s+/g, " ")).toBe("started C:\\work ended");
    expect(await front.docker("wait", "web")).toBe("0");
    await writeFile(join(front.directory, "back.txt"), "back");
    await front.docker("cp", join(front.directory, "back.txt"), "web:c:\\work");
    await front.docker("start", "web");
    expect(await front.docker("exec", "web", "cmd", "/c", "type", "c:\\work\\back.txt")).toBe("back");
    await front.docker("rm", "-f", "web");
    expect((await front.run("inspect", "web")).output).toContain("No such object: web");

    events.kill();
    expect((await heard).split("\n")).toEqual(
      expect.arrayContaining([
        "network connect nat",
        "container create web",
        "container start web",
        "container exec_create: cmd /c type c:\\work\\back.txt web",
        "container destroy web",
      ]),
    );
  });

  it("builds a Dockerfile for Windows", async () => {
    const context = await mkdtemp(join(tmpdir(), "webfarm-context-"));
    const tag = `webfarm-test/built:${process.pid}`;
    await mkdir(join(context, "files"));
    await writeFile(join(context, "files", "Site.txt"), "site");
    await writeFile(
      join(context, "Dockerfile"),
      [
        "# escape=`",
        `FROM ${servercore}`,
        "COPY files\\ C:\\Site\\",
        "WORKDIR c:\\site",
        "RUN type site.txt > copy.txt && `",
        "    echo  built>> copy.txt",
        "CMD type copy.txt",
      ].join("\r\n"),
    );
    try {
      await front.docker("build", "-t", tag, context);
      expect(
        await front.docker(
          "image",
          "inspect",
          tag,
          "--format",
          "{{json .Config.Cmd}} {{.Config.WorkingDir}}",
        ),
      ).toBe('["cmd","/S","/C","type copy.txt"] c:\\site');
      expect(await front.docker("run", "--rm", tag)).toMatch(/^site\s+built$/);
      await writeFile(join(context, "Dockerfile"), `FROM ${servercore}\nONBUILD RUN dir\n`);
      expect((await front.run("build", context)).output).toContain("cannot build this Dockerfile");
    } finally {
      await front.run("rmi", tag);
      await rm(context, { recursive: true });
    }
  });
});

describe("docker-compose", () => {
  it("deploys, scales and removes services on nat, whose names the engine's DNS knows", async () => {
    const compose = await dockerCompose();
    const project = await mkdtemp(join(tmpdir(), "webfarm-compose-"));
    await writeFile(
      join(project, "docker-compose.yml"),
      `version: "2.4"
services:
  webapp:
    image: ${webapp}
    ports: ["80"]
    volumes:
      - { type: bind, source: 'c:\\containers\\data', target: 'c:\\inetpub\\wwwroot\\app_data' }
  console:
    image: ${servercore}
    command: ping -t localhost
    depends_on: [webapp]
networks:
  default:
    external:
      name: nat
`,
    );
    const run = (...args: string[]) => compose(project, ["-p", "farm", ...args], { DOCKER_HOST: front.host });
    const replicas = async () => {
      const filters = { label: ["com.docker.compose.service=webapp"] };
      return front.client.listContainers({ filters });
    };
    try {
      await run("up", "-d");
      expect(await replicas()).toHaveLength(1);
      await run("up", "-d", "--scale", "webapp=3");
      const three = await replicas();
      expect(three).toHaveLength(3);
      for (const { Ports } of three) expect(await asked(`127.0.0.1:${Ports[0]?.PublicPort ?? 0}`)).toBe(200);
      const [console] = await front.client.listContainers({
        filters: { label: ["com.docker.compose.service=console"] },
      });
      const looked = await front.docker("exec", console?.Id ?? "", "nslookup", "webapp");
      for (const { NetworkSettings } of three)
        expect(looked).toContain(NetworkSettings.Networks.nat?.IPAddress);
      await run("up", "-d", "--scale", "webapp=1");
      expect(await replicas()).toHaveLength(1);
    } finally {
      await run("down", "-t", "1");
      await rm(project, { recursive: true });
    }
    expect(await front.client.listContainers({ all: true })).toEqual([]);
  });
});

describe("dockerode", () => {
  it("speaks with a process through a terminal, through pipes, and with a container's own", async () => {
    const container = await front.client.createContainer({
      Image: servercore,
      Cmd: ["ping", "-t", "localhost"],
    });
    await container.start();

    const terminal = await container.exec({ Cmd: ["cmd"], AttachStdin: true, AttachStdout: true, Tty: true });
    const session = await terminal.start({ hijack: true, stdin: true, Tty: true });
    let screen = "";
    session.on("data", (shown: Buffer) => (screen += shown.toString()));
    const shows = (what: string) =>
      eventually(`${what} on the screen`, 20, () => Promise.resolve(screen.includes(what) || undefined));
    await shows("C:\\>");
    session.write("echo seen-%WEBFARM_LAB_RELEASE%\r");
    await shows("seen-2022");
    session.write("exit 7\r");
    await once(session, "end");
    expect(await terminal.inspect()).toMatchObject({ ExitCode: 7, ProcessConfig: { entrypoint: "cmd" } });

    const options = { AttachStdout: true, AttachStderr: true };
    const piped = await container.exec({ ...options, Cmd: ["cmd", "/c", "echo out & echo err>&2"] });
    const [out, err] = [new PassThrough(), new PassThrough()];
    const stream = await piped.start({ hijack: true });
    front.client.modem.demuxStream(stream, out, err);
    await once(stream, "end");
    expect(String(out.read()).trim()).toBe("out");
    expect(String(err.read()).trim()).toBe("err");
    await container.remove({ force: true });

    const asking = await front.client.createContainer({
      Image: servercore,
      Cmd: ["cmd", "/v:on", "/c", "set /p answer= & echo heard !answer!"],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
    });
    const attached = await asking.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    });
    const said = text(attached);
    await asking.start();
    attached.end("yes\r\n");
    expect(await said).toContain("heard yes");
    expect(await asking.wait()).toEqual({ Error: null, StatusCode: 0 });
    await asking.remove();
  });
});

describe("what the engine refuses", () => {
  it.each(windowsRefusals)("$at: $message", async ({ at, hostConfig, message }) => {
    const create = (config: Docker.HostConfig) =>
      front.client.createContainer({ Image: webapp, HostConfig: config });
    const asked = hostConfig as unknown as Docker.HostConfig;
    if (at === "create") {
      await expect(create(asked)).rejects.toMatchObject({ statusCode: 400, json: { message } });
      return;
    }
    const container = await create(at === "start" ? asked : {});
    try {
      const refused = at === "start" ? container.start() : container.update(hostConfig);
      await expect(refused).rejects.toMatchObject({
        json: { message: expect.stringContaining(message) as string },
      });
    } finally {
      await container.remove({ force: true });
    }
  });

  it("an image of another release than the host's, unless it is older and in Hyper-V", async () => {
    const start = (release: "2019" | "2025", ...isolation: string[]) =>
      front.run("run", "--rm", ...isolation, windowsImages.servercore(release), "cmd", "/c", "echo runs");
    for (const other of [
      await start("2019"),
      await start("2025"),
      await start("2025", "--isolation", "hyperv"),
    ]) {
      expect(other.output).toContain("0xc0370101");
    }
    expect((await start("2019", "--isolation", "hyperv")).output).toContain("runs");
    expect(await front.client.listContainers({ all: true })).toEqual([]);
  });

  it("files of a running container in Hyper-V, and not of one that is stopped", async () => {
    const file = join(front.directory, "up.txt");
    // Without a line end the cell's cmd shows nothing.
    await writeFile(file, "up\n");
    await front.docker(
      "create",
      "--name",
      "vm",
      "--isolation",
      "hyperv",
      servercore,
      "cmd",
      "/c",
      "type c:\\up.txt & ping -n 30 127.0.0.1 >nul",
    );
    await front.docker("cp", file, "vm:c:\\");
    await front.docker("start", "vm");
    await eventually(
      "the file is read",
      15,
      async () => (await front.docker("logs", "vm")) === "up" || undefined,
    );
    expect((await front.run("cp", file, "vm:c:\\")).output).toContain(
      "filesystem operations against a running Hyper-V container are not supported",
    );
    await front.docker("rm", "-f", "vm");
  });
});

describe("two hosts on one engine", () => {
  it("do not see each other; on 2016 published ports do not loop back, and leave nothing behind", async () => {
    const old = await TestFront.start({ release: "2016" });
    const port = async (of: TestFront) => (await of.docker("port", "web", "80")).replace(/^0\.0\.0\.0:/, "");
    try {
      for (const each of [front, old]) await each.docker("run", "-d", "--name", "web", "-p", "80", webapp);
      expect(await asked(`localhost:${await port(front)}`)).toBe(200);
      expect(await asked(`localhost:${await port(old)}`)).toBe("no answer");
      // From another machine, which a container's network is.
      for (const each of [front, old]) {
        const url = `http://${each.hostAddress}:${await port(each)}/`;
        const image = windowsImages.servercore(each === old ? "2016" : "2022");
        const probe = ["powershell", "-Command", `(Invoke-WebRequest -UseBasicParsing '${url}').Content`];
        expect(await each.docker("run", "--rm", image, ...probe)).toContain("hello from");
      }
      expect(await old.docker("ps", "-q")).not.toBe(await front.docker("ps", "-q"));
      await old.docker("network", "create", "-d", "nat", "other");
      await old.docker("volume", "create", "data");
      await front.docker("rm", "-f", "web");
      expect(await old.docker("ps", "--format", "{{.Names}}")).toBe("web");
    } finally {
      await old.close();
    }
    const filters = { name: ["lab-"] };
    const kept = (await engine.listNetworks({ filters })).map(({ Name }) => Name);
    expect(kept.filter((name) => name.endsWith("-other"))).toEqual([]);
  });
});
