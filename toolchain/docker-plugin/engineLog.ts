import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { LogSeverity as Severity } from "./resource";

const SEVERITIES: Readonly<Record<Severity, LogSeverity>> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
};

const CHECK_INTERVAL_MS = 5_000;
const CHECK_TIMEOUT_MS = 5_000;
const CHECKS_BEFORE_LOST = 3;

/** Messages for the user, sent to the Pulumi engine, which shows them below the resource. */
export class EngineLog {
  private client: EngineClient | undefined;
  /** The engine's order of arrival is the order shown, so one message waits for the one before. */
  private last: Promise<void> = Promise.resolve();

  connect(address: string): void {
    this.client = new EngineClient(address, credentials.createInsecure());
  }

  /** Calls back when the engine has not answered for a while: it was killed and nobody stops this plugin. */
  onLost(callback: () => void): void {
    const { client } = this;
    if (!client) return;
    let failures = 0;
    const check = (): void => {
      client.waitForReady(Date.now() + CHECK_TIMEOUT_MS, (error) => {
        failures = error ? failures + 1 : 0;
        if (failures >= CHECKS_BEFORE_LOST) callback();
        else setTimeout(check, CHECK_INTERVAL_MS).unref();
      });
    };
    check();
  }

  send(urn: string, severity: Severity, message: string): void {
    const { client } = this;
    if (!client) return;
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(SEVERITIES[severity]);
    request.setMessage(message);
    this.last = this.last.then(
      () =>
        new Promise((resolve) => {
          // A message that does not arrive is no reason to fail the deployment.
          client.log(request, () => {
            resolve();
          });
        }),
    );
  }

  /** Resolves when all that was sent has arrived. */
  flushed(): Promise<void> {
    return this.last;
  }
}
