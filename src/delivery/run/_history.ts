import { fromBase64, toBase64 } from "../../_internal/base64.ts";
import { type Bytes, decodeUtf8, encodeUtf8 } from "../../_internal/bytes.ts";
import { DecryptError } from "../../errors.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { Attempt } from "../delivery.ts";

const MOST_ATTEMPTS = 5;

/** Which delivery the attempts belong to. */
export interface HistoryPlace {
  readonly subscription: string;
  readonly event: string;
  /** The sealed ones so far. */
  readonly last: string | null;
}

/**
 * Adds an attempt to the sealed ones; the oldest go when they are many, or more than the store takes, and all of them
 * when they do not open: a request that was made must be recorded whatever lies there, and whatever was answered.
 */
export async function addAttempt(
  sender: SenderParts,
  { attempt, ...place }: HistoryPlace & { attempt: Attempt },
): Promise<string> {
  const earlier = await readAttempts(sender, place);
  // Base64 takes four bytes for three, and the row around it some hundreds.
  const most = sender.kv.limits.maxValueBytes / 2;
  const bytes = newestWithin([...earlier, attempt], most) ??
    newestWithin([...earlier, withoutAnswer(attempt)], most) ??
    encodeUtf8("[]");
  return toBase64(await sender.seal.seal(bytes, contextOf(place)));
}

/** As many of the newest as fit, at least one. */
function newestWithin(
  attempts: readonly Attempt[],
  most: number,
): Bytes | undefined {
  const first = Math.max(0, attempts.length - MOST_ATTEMPTS);
  for (let from = first; from < attempts.length; from++) {
    const bytes = encodeUtf8(JSON.stringify(attempts.slice(from)));
    if (bytes.length <= most) return bytes;
  }
  return undefined;
}

function withoutAnswer({ response, ...attempt }: Attempt): Attempt {
  const rest = { headers: {}, body: "", truncated: true };
  return { ...attempt, response: response && { ...response, ...rest } };
}

/** Opens sealed attempts, oldest first; none when they do not open. */
export async function readAttempts(
  sender: SenderParts,
  { last, ...place }: HistoryPlace,
): Promise<Attempt[]> {
  const sealed = last === null ? undefined : fromBase64(last);
  if (!sealed) return [];
  try {
    const opened = await sender.seal.open(sealed, contextOf(place));
    return JSON.parse(decodeUtf8(opened));
  } catch (error) {
    if (error instanceof DecryptError) return [];
    throw error;
  }
}

function contextOf(
  { subscription, event }: Omit<HistoryPlace, "last">,
): string {
  return `attempts:${subscription}:${event}`;
}
