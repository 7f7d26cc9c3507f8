import { denoKv } from "../../src/kv/deno.ts";
import { fsKv } from "../../src/kv/fs.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { createSpool, runSpool, type Spool } from "../../src/spool/mod.ts";
import { compare, perSecond, type Row } from "./_measure.ts";

const PAGE_BYTES = 512 * 1024;
const PAGE_EVENTS = 500;

/** The durable stores against the bare calls that they are made of. */
export async function storeBench(): Promise<Row[]> {
  const dir = await Deno.makeTempDir();
  try {
    return [
      await persistPage(dir),
      await denoAcks(dir, 1),
      await denoAcks(dir, 64),
      await replay(dir),
    ];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function persistPage(dir: string): Promise<Row> {
  const kv = await fsKv(`${dir}/persist`);
  const spool = rawSpool(kv, "persist");
  const page = crypto.getRandomValues(
    new Uint8Array(PAGE_BYTES).subarray(0, 65_536),
  );
  const body = new Uint8Array(PAGE_BYTES);
  for (let i = 0; i < PAGE_BYTES; i += page.length) body.set(page, i);
  using file = await Deno.open(`${dir}/raw`, { create: true, append: true });
  const { ratio, subject, ceiling } = await compare(20 * PAGE_EVENTS, {
    rounds: 5,
    subject: () => times(20, () => spool.append(body)),
    ceiling: () =>
      times(20, async () => {
        file.writeSync(body);
        await file.syncData();
      }),
  });
  await kv.close();
  return {
    what: "persist a page of 500 events of 1 KB on fsKv",
    reached: perSecond(subject, "events"),
    ceiling: perSecond(ceiling, "events as one write + fdatasync"),
    ratio,
    wanted: 0.5,
  };
}

async function denoAcks(dir: string, ackWindow: number): Promise<Row> {
  const handle = await Deno.openKv(`${dir}/acks${ackWindow}.sqlite`);
  const kv = denoKv(handle);
  const count = ackWindow === 1 ? 1_000 : 6_400;
  const body = numbers(count);
  const spool = jsonSpool(kv, "acks");
  const { ratio, subject, ceiling } = await compare(count, {
    subject: async () => {
      await spool.append(body);
      await runSpool(spool, nothing(), { ackWindow });
    },
    ceiling: () => rawSets(handle, { count, atOnce: ackWindow }),
  });
  handle.close();
  return {
    what: `drain through denoKv, ackWindow ${ackWindow}`,
    reached: perSecond(subject, "events"),
    ceiling: perSecond(
      ceiling,
      ackWindow === 1 ? "set commits" : "sets in atomics of 64",
    ),
    ratio,
    wanted: ackWindow === 1 ? 0.7 : 0.6,
  };
}

async function rawSets(
  handle: Deno.Kv,
  { count, atOnce }: { count: number; atOnce: number },
): Promise<void> {
  for (let i = 0; i < count; i += atOnce) {
    const atomic = handle.atomic();
    for (let j = i; j < i + atOnce; j++) atomic.set(["raw", j], { n: j });
    await atomic.commit();
  }
}

/** 50,000 pending events must take at most eleven times as long as 5,000. */
async function replay(dir: string): Promise<Row> {
  const rate = async (events: number): Promise<number> => {
    const kv = await fsKv(`${dir}/replay${events}`);
    const spool = jsonSpool(kv, "replay");
    for (let i = 0; i < events; i += PAGE_EVENTS) {
      await spool.append(numbers(PAGE_EVENTS));
    }
    const start = performance.now();
    await runSpool(spool, nothing());
    const ms = performance.now() - start;
    await kv.close();
    return events / ms * 1000;
  };
  await rate(5_000);
  const [small, large] = [await rate(5_000), await rate(50_000)];
  return {
    what: "replay 50,000 pending events on fsKv, against 5,000",
    reached: perSecond(large, "events"),
    ceiling: perSecond(small, "events"),
    ratio: large / small,
    wanted: 10 / 11,
  };
}

function rawSpool(kv: KvStore, name: string): Spool<null> {
  return createSpool<null>({ kv, prefix: [name], split: () => [null] });
}

function jsonSpool(kv: KvStore, name: string): Spool<number> {
  return createSpool<number>({
    kv,
    prefix: [name],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
  });
}

function nothing(): {
  prepare: (n: number) => number;
  isPoison: () => boolean;
  handle: () => void;
  lane: () => string;
} {
  return {
    prepare: (n) => n,
    isPoison: () => false,
    handle: () => {},
    lane: () => "",
  };
}

function numbers(count: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(
    JSON.stringify(Array.from({ length: count }, (_, i) => i)),
  );
}

async function times(
  count: number,
  call: () => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < count; i++) await call();
}
