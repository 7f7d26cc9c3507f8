import { fromFileUrl } from "@std/path";
import { Webhook } from "standardwebhooks";
import { generateSealingKey } from "../../src/crypto/seal.ts";
import {
  allowLoopback,
  generateSecret,
  sign,
  verifySignature,
  WebhookSender,
} from "../../src/delivery/mod.ts";
import { fsKv } from "../../src/kv/fs.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { deliveryMatchBench } from "./delivery_match.ts";
import { compare, inParallel, perSecond, type Row } from "./_measure.ts";

const DELIVERIES = 5_000;
const AT_ONCE = 32;
const EVENT = {
  name: "invoice.paid",
  data: {
    number: 42,
    lines: Array.from(
      { length: 20 },
      (_, i) => ({ i, text: "a line of an invoice" }),
    ),
  },
};

/** Deliveries and `emit` against what the same machine does without Sluice. */
export async function deliveryBench(): Promise<Row[]> {
  return [
    await deliveriesAgainstFetch("fs"),
    await deliveriesAgainstFetch("memory"),
    ...await emitRows(),
    await verifyRow(),
    await deliveryMatchBench(),
  ];
}

async function deliveriesAgainstFetch(backend: "fs" | "memory"): Promise<Row> {
  await using sink = await startSink();
  const dir = await Deno.makeTempDir();
  const kv = backend === "fs" ? await fsKv(`${dir}/kv`) : memoryKv();
  const sender = openSender(kv);
  for (let i = 0; i < 4; i++) {
    await sender.subscribe({
      to: `${sink.url}/${i}`,
      limits: { concurrency: AT_ONCE },
    });
  }
  const body = JSON.stringify({ ...EVENT, id: crypto.randomUUID() });
  let delivered = 0;
  let rounds = 0;
  const result = await compare(DELIVERIES, {
    ceiling: () =>
      inParallel(DELIVERIES, AT_ONCE, async () => {
        const headers = { "content-type": "application/json" };
        const response = await fetch(sink.url, {
          method: "POST",
          body,
          headers,
        });
        await response.arrayBuffer();
      }),
    subject: async () => {
      rounds++;
      const report = await sender.deliverDue({ concurrency: AT_ONCE });
      delivered += report.succeeded;
    },
    // What is to be delivered is emitted before the clock runs.
    before: () => emitMany(sender, DELIVERIES / 4),
  });
  if (delivered !== rounds * DELIVERIES) {
    throw new Error(`delivered ${delivered}`);
  }
  await kv.close();
  await Deno.remove(dir, { recursive: true });
  return {
    what: `deliver to loopback, ${AT_ONCE} at once, ${backend}Kv`,
    reached: perSecond(result.subject, "deliveries"),
    ceiling: `${perSecond(result.ceiling, "bare POST")}`,
    ratio: result.ratio,
    wanted: backend === "fs" ? 0.6 : null,
  };
}

async function verifyRow(): Promise<Row> {
  const { secret } = await generateSecret();
  const body = "x".repeat(2_048);
  const message = {
    id: "msg_1",
    timestamp: Math.floor(Date.now() / 1000),
    body,
  };
  const headers = { ...await sign(message, { secrets: [secret] }) };
  const other = new Webhook(secret);
  const count = 5_000;
  const result = await compare(count, {
    ceiling: () => {
      // Its verify() computes the same HMAC and compares it.
      for (let i = 0; i < count; i++) other.sign(message.id, new Date(), body);
    },
    subject: () =>
      inParallel(
        count,
        16,
        () => verifySignature(body, headers, { secrets: [secret] }),
      ),
  });
  return {
    what: "verifySignature(), 2 KB",
    reached: perSecond(result.subject, "messages"),
    ceiling: `${
      perSecond(result.ceiling, "signatures")
    } of npm standardwebhooks`,
    ratio: result.ratio,
    wanted: null,
  };
}

async function emitMany(sender: WebhookSender, count: number): Promise<void> {
  await inParallel(count, 64, () => sender.emit(EVENT));
}

async function emitRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const matching of [0, 10, 1_000]) {
    const dir = await Deno.makeTempDir();
    const kv = await fsKv(dir);
    const sender = openSender(kv);
    for (let i = 0; i < matching; i++) {
      await sender.subscribe({ to: `https://example.com/${i}` });
    }
    const count = matching === 1_000 ? 200 : 5_000;
    let n = 0;
    const result = await compare(count, {
      ceiling: () =>
        inParallel(
          count,
          64,
          () => kv.commit({ sets: [{ key: ["app", n++], value: EVENT }] }),
        ),
      subject: () =>
        inParallel(
          count,
          64,
          () =>
            sender.emit(EVENT, {
              commit: { sets: [{ key: ["app", n++], value: EVENT }] },
            }),
        ),
    });
    rows.push({
      what: `emit(), ${matching} matching, fsKv`,
      reached: perSecond(result.subject, "events"),
      ceiling: perSecond(result.ceiling, "bare commits"),
      ratio: result.ratio,
      wanted: null,
    });
    await kv.close();
    await Deno.remove(dir, { recursive: true });
  }
  return rows;
}

function openSender(kv: KvStore): WebhookSender {
  return new WebhookSender({
    kv,
    sealingKey: generateSealingKey(),
    targetPolicy: { [allowLoopback]: true, resolve: false },
  });
}

async function startSink(): Promise<AsyncDisposable & { url: string }> {
  const script = fromFileUrl(new URL("./_sink.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    url: `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}
