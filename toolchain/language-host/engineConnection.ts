import { connectivityState, credentials, makeClientConstructor } from "@grpc/grpc-js";

const EngineClient = makeClientConstructor({}, "Engine");

/**
 * Calls back once when the engine is gone. The engine runs on this machine, so its death, even by
 * SIGKILL, closes the connection at once; nothing has to be polled.
 */
export function watchEngine(address: string, onGone: () => void): { close: () => void } {
  const client = new EngineClient(address, credentials.createInsecure(), {
    "grpc.enable_http_proxy": 0,
    // Nothing is ever sent here; an idle connection must not look like a lost one.
    "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
  });
  const channel = client.getChannel();
  let closed = false;
  const watch = (wasConnected: boolean): void => {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.SHUTDOWN || closed) return;
    const lost = wasConnected && state !== connectivityState.READY;
    if (lost || state === connectivityState.TRANSIENT_FAILURE) {
      onGone();
      return;
    }
    channel.watchConnectivityState(state, Infinity, (error) => {
      // The only error is that the client was closed while it waited.
      if (!error) watch(wasConnected || state === connectivityState.READY);
    });
  };
  watch(false);
  return {
    close: () => {
      closed = true;
      client.close();
    },
  };
}
