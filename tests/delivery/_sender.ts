import { toBase64 } from "../../src/_internal/base64.ts";
import {
  allowLoopback,
  WebhookSender,
  type WebhookSenderOptions,
} from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { jumpingClock } from "../_support/clock.ts";

/** One request that the receiver of {@linkcode makeSender} got. */
export interface Sent {
  readonly url: string;
  readonly id: string;
  readonly attempt: string;
  readonly body: string;
  readonly headers: Headers;
}

/** What the receiver answers with; throws for a connection that fails. */
export type Answer = (sent: Sent) => Response | Promise<Response>;

/** A sender over a store, with a clock that jumps and a receiver in the same process. */
export function makeSender(
  options: Partial<WebhookSenderOptions> & {
    kv?: KvStore;
    answer?: Answer;
  } = {},
): {
  sender: WebhookSender;
  kv: KvStore;
  clock: ReturnType<typeof jumpingClock>;
  sent: Sent[];
} {
  const {
    answer = () => new Response("thanks"),
    kv = memoryKv(),
    clock = jumpingClock(),
    ...more
  } = options;
  const sent: Sent[] = [];
  const sender = new WebhookSender({
    kv,
    sealingKey: SEALING_KEY,
    clock,
    random: () => 0.5,
    targetPolicy: {
      [allowLoopback]: true,
      resolve: () => Promise.resolve(["93.184.215.14"]),
    },
    async fetch(url, init): Promise<Response> {
      const headers = new Headers(init.headers);
      const one = {
        url: String(url),
        id: headers.get("webhook-id") ?? "",
        attempt: headers.get("webhook-attempt") ?? "",
        body: new TextDecoder().decode(init.body as Uint8Array<ArrayBuffer>),
        headers,
      };
      sent.push(one);
      return await answer(one);
    },
    ...more,
  });
  return { sender, kv, clock: clock as ReturnType<typeof jumpingClock>, sent };
}

/** One key for all, so that a second sender opens what the first one sealed; workers cannot make one as they start. */
export const SEALING_KEY: string = `seal_${toBase64(new Uint8Array(36))}`;

/** All of a walk. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
