import type { Bytes } from "../_internal/bytes.ts";
import { gather } from "../_internal/gather.ts";

/** The same bytes in pieces of one size; only the last one may be shorter. */
export async function* pieces(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Bytes> {
  let waiting = gather();
  let length = 0;
  for await (const part of source) {
    waiting.add(part);
    length += part.length;
    if (length < size) continue;
    const whole = waiting.whole();
    const end = whole.length - whole.length % size;
    for (let i = 0; i < end; i += size) yield whole.subarray(i, i + size);
    waiting = gather();
    waiting.add(whole.subarray(end));
    length = whole.length - end;
  }
  if (length > 0) yield waiting.whole();
}
