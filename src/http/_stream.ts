import { unlessAborted } from "../_internal/abort.ts";
import { ApiError } from "../errors.ts";
import type { Call } from "./_call.ts";

/**
 * The body of an answer as a stream that ends with an error when the call is over or the limit is passed. The call is
 * closed when the stream ends, fails or is cancelled.
 */
export function callStream(
  response: Response,
  call: Call,
  { maxBytes }: { maxBytes: number },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (!reader) call.close();
  let length = 0;
  const stop = (reason: unknown): void => {
    call.close();
    reader?.cancel(reason).catch(() => undefined); // it has failed already, or it hangs
  };
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const next = reader && await unlessAborted(reader.read(), call.signal);
        if (!next || next.done) {
          call.close();
          return controller.close();
        }
        length += next.value.length;
        if (length > maxBytes) throw tooLarge(response.status, maxBytes);
        controller.enqueue(next.value);
      } catch (error) {
        stop(error);
        throw error;
      }
    },
    cancel: stop,
  }, { highWaterMark: 0 });
}

/** The error of an answer longer than it may be. */
export function tooLarge(status: number, maxBytes: number): ApiError {
  return new ApiError({
    status,
    errorKey: "http.too_large",
    apiMessage:
      `Cannot read the answer: it is longer than "maxResponseBytes", which is ${maxBytes}`,
  });
}
