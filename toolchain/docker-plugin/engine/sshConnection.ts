import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent, type ClientRequestArgs } from "node:http";
import { Duplex } from "node:stream";

/**
 * Connections to a remote engine through the ssh client and `docker system dial-stdio`, as the Docker CLI
 * makes them: so the user's ssh configuration, agent, known hosts and `sshOpts` all apply.
 */
export class SshAgent extends Agent {
  constructor(
    private readonly url: URL,
    private readonly sshOpts: readonly string[],
  ) {
    // A connection costs an ssh login: keep a few instead of making one for each request.
    super({ keepAlive: true, maxSockets: 8 });
  }

  override createConnection(
    _options: ClientRequestArgs,
    connected?: (error: Error | null, stream: Duplex) => void,
  ): Duplex {
    const connection = new SshConnection(sshArguments(this.url, this.sshOpts));
    connected?.(null, connection);
    return connection;
  }
}

export function sshArguments(url: URL, sshOpts: readonly string[]): string[] {
  return [
    ...sshOpts,
    // Nobody can answer a prompt here, and a host that does not answer must not hang the deployment.
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-T"],
    ...(url.username === "" ? [] : ["-l", decodeURIComponent(url.username)]),
    ...(url.port === "" ? [] : ["-p", url.port]),
    "--",
    url.hostname,
    "docker system dial-stdio",
  ];
}

class SshConnection extends Duplex {
  private readonly ssh: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[]) {
    super();
    this.ssh = spawn("ssh", args);
    let complaint = "";
    this.ssh.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    this.ssh.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.ssh.stdout.pause();
    });
    this.ssh.stdin.on("error", (error) => this.destroy(error));
    this.ssh.on("error", (error) => this.destroy(new Error(`cannot run ssh: ${error.message}`)));
    this.ssh.on("close", (code) => {
      if (code === 0 || code === null) this.push(null);
      else this.destroy(new Error(`ssh ended with code ${code}: ${complaint.trim()}`));
    });
  }

  override _read(): void {
    this.ssh.stdout.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.ssh.stdin.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.ssh.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.ssh.kill();
    done(error);
  }

  // What node:http expects of a socket when it keeps connections.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    this.ssh.ref();
    return this;
  }
  unref(): this {
    this.ssh.unref();
    return this;
  }
}
