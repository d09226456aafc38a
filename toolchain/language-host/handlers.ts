import {
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";

/** Thrown for what this host cannot do at all, as opposed to what went wrong. */
export class Unsupported extends Error {}

/** Turns a function into a gRPC handler: what it throws becomes the call's error. */
export function unary<Request, Response>(
  answer: (request: Request, cancelled: AbortSignal) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void settle(() => answer(call.request, cancellation(call))).then((outcome) => {
      if ("error" in outcome) callback(outcome.error);
      else callback(null, outcome.value);
    });
  };
}

/** As `unary`, for calls that answer with a stream; the stream ends when the function is done. */
export function serverStreaming<Request, Response>(
  answer: (request: Request, send: (response: Response) => void, cancelled: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const send = (response: Response): void => {
      call.write(response);
    };
    void settle(() => answer(call.request, send, cancellation(call))).then((outcome) => {
      if ("error" in outcome) call.emit("error", outcome.error);
      else call.end();
    });
  };
}

export function unsupported(what: string): handleUnaryCall<unknown, never> {
  return unary(() => {
    throw new Unsupported(
      `${what} is not part of this project's Node.js language host; it needs the official Pulumi distribution ` +
        "(https://www.pulumi.com/docs/install/): install it, put its pulumi first on PATH, and try again",
    );
  });
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

function cancellation(call: Call): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => {
    controller.abort();
  });
  return controller.signal;
}

type Outcome<T> = { readonly value: T } | { readonly error: { code: status; details: string } };

async function settle<T>(answer: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await answer() };
  } catch (error) {
    return {
      error: {
        code: error instanceof Unsupported ? status.UNIMPLEMENTED : status.UNKNOWN,
        details: error instanceof Error ? error.message : String(error),
      },
    };
  }
}
