import { loadSandbox, type Server, startServer } from "../load/_child.ts";
import { makeDeliveries } from "../load/_deliveries.ts";
import { send } from "../load/_sender.ts";
import type { Kind } from "../load/_server.ts";
import { compare, perSecond, type Row } from "./_measure.ts";

const DELIVERIES = 4_000;
const CONCURRENCY = 64;

interface Pair {
  readonly subject: Kind;
  readonly ceiling: Kind;
  readonly what: string;
  readonly unit: string;
  readonly wanted: number | null;
}

const PAIRS: readonly Pair[] = [
  {
    subject: "fs",
    ceiling: "verify",
    what: "webhooks of 2 KB kept in fsKv, 64 at once",
    unit: "verified and forgotten",
    wanted: 0.5,
  },
  {
    subject: "fs",
    ceiling: "bare",
    what: "the same",
    unit: "bare Hono requests",
    wanted: null,
  },
  {
    subject: "deno",
    ceiling: "verify",
    what: "webhooks of 2 KB kept in denoKv, 64 at once",
    unit: "verified and forgotten",
    wanted: null,
  },
];

/** The webhook receiver in a process of its own against the same app without its store, sent to from this one. */
export async function webhookBench(): Promise<Row[]> {
  const deliveries = await makeDeliveries(DELIVERIES);
  const rows: Row[] = [];
  for (const pair of PAIRS) rows.push(await measure(pair, deliveries));
  return rows;
}

async function measure(
  { subject, ceiling, what, unit, wanted }: Pair,
  deliveries: readonly Uint8Array[],
): Promise<Row> {
  const dir = await Deno.makeTempDir();
  const sandbox = await loadSandbox();
  const [one, other] = await Promise.all(
    [subject, ceiling].map((kind) => startServer(kind, { dir, sandbox })),
  );
  if (!one || !other) throw new Error("Cannot measure: a server is missing");
  try {
    const rates = await compare(DELIVERIES, {
      subject: () => sendAll(one, deliveries),
      ceiling: () => sendAll(other, deliveries),
      rounds: 5,
    });
    return {
      what,
      reached: perSecond(rates.subject, "webhooks"),
      ceiling: perSecond(rates.ceiling, unit),
      ratio: rates.ratio,
      wanted,
    };
  } finally {
    await Promise.all([one.stop(), other.stop(), sandbox.close()]);
    await Deno.remove(dir, { recursive: true });
  }
}

async function sendAll(
  { port }: Server,
  deliveries: readonly Uint8Array[],
): Promise<void> {
  const { statuses } = await send(deliveries, {
    port,
    concurrency: CONCURRENCY,
  });
  const refused = statuses.filter((status) => status !== 200).length;
  if (refused > 0) throw new Error(`Cannot measure: ${refused} not answered`);
}
