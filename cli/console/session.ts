import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { exitCodeOf } from "../../sdk/reload/exec";

/** A command with a terminal, somewhere on an engine. */
interface Session {
  connection: NodeJS.ReadWriteStream & { destroy: () => void };
  resize: (size: { h: number; w: number }) => Promise<unknown>;
  /** Once the connection has ended. */
  exitCode: () => Promise<number>;
}

/** A command in a container that runs. */
export async function execSession(docker: Docker, id: string, command: string[]): Promise<Session> {
  const run = await docker.getContainer(id).exec({
    Cmd: command,
    Tty: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const connection: Duplex = await run.start({ hijack: true, stdin: true, Tty: true });
  return { connection, resize: (size) => run.resize(size), exitCode: () => exitCodeOf(run) };
}

/** A command in a container of its own, which the engine removes at the command's end. */
export async function runSession(docker: Docker, options: Docker.ContainerCreateOptions): Promise<Session> {
  const container = await docker.createContainer({
    ...options,
    Tty: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { ...options.HostConfig, AutoRemove: true },
  });
  const connection = await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  });
  const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
  await container.start();
  return {
    connection: connection as Session["connection"],
    resize: (size) => container.resize(size),
    exitCode: async () => (await ended).StatusCode,
  };
}

/** A session on this terminal: keys go there as they come, its size follows. */
export async function onTerminal({ connection, resize, exitCode }: Session): Promise<number> {
  const { stdin, stdout } = process;
  const follow = () => {
    // A size that comes too late is no reason to end.
    resize({ h: stdout.rows, w: stdout.columns }).catch(() => undefined);
  };
  follow();
  stdout.on("resize", follow);
  stdin.setRawMode(true);
  stdin.pipe(connection);
  connection.pipe(stdout);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once("end", resolve).once("close", resolve).once("error", reject);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.unpipe(connection);
    stdin.pause();
    stdout.off("resize", follow);
    connection.destroy();
  }
  return exitCode();
}
