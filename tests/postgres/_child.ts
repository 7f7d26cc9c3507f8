/**
 * A process that works on a spool in a table: `_child.ts fill <url> <table> <folder> <first>` appends and delivers
 * without end, `_child.ts drain <url> <table> <folder>` drains once when it is told to and prints its report. What the
 * world outside must remember is written to a file with one call.
 */
import { postgresKv } from "../../src/kv/postgres.ts";
import { createSpool, runSpool } from "../../src/spool/mod.ts";
import { connect, disconnect } from "./_database.ts";

const [mode, url = "", table = "", dir = "", first = "0"] = Deno.args;
const ACK_WINDOW = 4;
const world = Deno.openSync(`${dir}/world.log`, { append: true, create: true });
const sql = connect(url, { max: 2 });
const spool = createSpool<number>({
  kv: postgresKv(sql, { table }),
  prefix: [mode ?? ""],
  split: (body) => JSON.parse(new TextDecoder().decode(body)),
});
const job = {
  prepare: (n: number): number => n,
  isPoison: (): boolean => false,
  lane: (): string => "",
  handle: (n: number): void => remember("handled", [n]),
};

await spool.pending();
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
if (mode === "drain") await drain();
else await fillForEver(Number(first));

async function drain(): Promise<void> {
  await Deno.stdin.read(new Uint8Array(1));
  const report = await runSpool(spool, job, { leaseMs: 5_000 });
  await disconnect(sql);
  console.log(JSON.stringify(report));
}

async function fillForEver(from: number): Promise<void> {
  for (let n = from;; n += 10) {
    const numbers = Array.from({ length: 10 }, (_, i) => n + i);
    await spool.append(new TextEncoder().encode(JSON.stringify(numbers)));
    remember("durable", numbers);
    await runSpool(spool, job, { ackWindow: ACK_WINDOW, leaseMs: 200 });
  }
}

function remember(what: string, numbers: readonly number[]): void {
  world.writeSync(new TextEncoder().encode(`${what} ${numbers.join(" ")}\n`));
}
