import { unlessAborted } from "../_internal/abort.ts";
import { type Bytes, concatBytes } from "../_internal/bytes.ts";

/** What arrived of a body and how it ended. */
export interface BodyRead {
  /** Everything that arrived, at most one chunk more than the limit. */
  readonly body: Bytes;
  /** `"broken"`: the stream failed, fell short of its length, or the signal aborted. */
  readonly end: "whole" | "broken" | "too_long";
  /** Why it broke, when something was thrown. */
  readonly cause?: unknown;
}

/** How a body is read. */
export interface BodyOptions {
  /** Bytes after which reading stops. */
  readonly maxBytes: number;
  /** Whether the start of a body that is announced as too long is worth reading. */
  readonly keepStart: boolean;
  /**
   * Whether a body whose length is announced may be read in one go, which is much faster, but leaves nothing of one
   * that breaks off.
   */
  readonly atOnce?: boolean;
  /** Stops the reading. */
  readonly signal: AbortSignal;
  /** Is called whenever something has arrived. */
  readonly onProgress?: (() => void) | undefined;
}

/** Reads a body up to a limit and never throws, so that what arrived is not lost. */
export async function readBody(
  response: Response,
  options: BodyOptions,
): Promise<BodyRead> {
  const announced = announcedLength(response);
  if (announced !== undefined && announced > options.maxBytes) {
    if (!options.keepStart) {
      discard(response);
      return { body: new Uint8Array(), end: "too_long" };
    }
  }
  // Only what came over a network has a URL, and is held to its length (RFC 9112 section 6.3, RFC 9113 section 8.1.1).
  const isBound = announced !== undefined && announced <= options.maxBytes &&
    response.url !== "";
  const read = options.atOnce && isBound
    ? await readAtOnce(response, options)
    : await readStream(response, options);
  // A stream made in process, unlike a socket, may end early without failing.
  const short = announced !== undefined && read.body.length < announced;
  return read.end === "whole" && short ? { ...read, end: "broken" } : read;
}

/** Lets go of a body that nobody reads, so that its connection is freed. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined); // the connection may have failed already
}

async function readAtOnce(
  response: Response,
  { maxBytes, signal }: BodyOptions,
): Promise<BodyRead> {
  try {
    const buffer = await unlessAborted(response.arrayBuffer(), signal);
    const body = new Uint8Array(buffer);
    return { body, end: body.length > maxBytes ? "too_long" : "whole" };
  } catch (cause) {
    return { body: new Uint8Array(), end: "broken", cause };
  }
}

async function readStream(
  response: Response,
  options: BodyOptions,
): Promise<BodyRead> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (reader && length <= options.maxBytes) {
      const next = await unlessAborted(reader.read(), options.signal);
      if (next.done) return { body: concatBytes(parts), end: "whole" };
      options.onProgress?.();
      parts.push(next.value);
      length += next.value.length;
    }
  } catch (cause) {
    reader?.cancel().catch(() => undefined); // it has failed already, or it hangs
    return { body: concatBytes(parts), end: "broken", cause };
  }
  reader?.cancel().catch(() => undefined); // the rest is not wanted
  return { body: concatBytes(parts), end: reader ? "too_long" : "whole" };
}

// A coded body has another length than the one announced (RFC 9110 section 8.6).
function announcedLength(response: Response): number | undefined {
  const text = response.headers.get("content-length");
  if (text === null || response.headers.has("content-encoding")) {
    return undefined;
  }
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
