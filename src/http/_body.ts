import { unlessAborted } from "../_internal/abort.ts";
import {
  type BodyRead,
  readStream,
  type StreamOptions,
} from "./read_stream.ts";

/** How a body is read. */
export interface BodyOptions extends StreamOptions {
  /** Whether the start of a body that is announced as too long is worth reading. */
  readonly keepStart: boolean;
  /**
   * Whether a body whose length is announced may be read in one go, which is much faster, but leaves nothing of one
   * that breaks off.
   */
  readonly atOnce?: boolean;
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
    : await readStream(response.body, options);
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

// A coded body has another length than the one announced (RFC 9110 section 8.6).
function announcedLength(response: Response): number | undefined {
  const text = response.headers.get("content-length");
  if (text === null || response.headers.has("content-encoding")) {
    return undefined;
  }
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
