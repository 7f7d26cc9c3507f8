/**
 * Appends and delivers without end, until it is killed. Everything that the world outside must remember is written to
 * a file with one call: which events are durable, and which were handled.
 */
import { createSpool, runSpool } from "../../src/spool/mod.ts";
import { type Backend, openBackend } from "./_stores.ts";

const [backend, dir = "", first = "0", ackWindow = "1"] = Deno.args;
const world = Deno.openSync(`${dir}/world.log`, { append: true, create: true });
const kv = await openBackend(backend as Backend, dir);
const spool = createSpool<number>({
  kv,
  prefix: ["killed"],
  split: (body) => JSON.parse(new TextDecoder().decode(body)),
});

function remember(what: string, numbers: readonly number[]): void {
  world.writeSync(new TextEncoder().encode(`${what} ${numbers.join(" ")}\n`));
}

await Deno.stdout.write(new TextEncoder().encode("ready\n"));
for (let n = Number(first);; n += 10) {
  const numbers = Array.from({ length: 10 }, (_, i) => n + i);
  await spool.append(new TextEncoder().encode(JSON.stringify(numbers)));
  remember("durable", numbers);
  await runSpool(spool, {
    prepare: (value) => value,
    isPoison: () => false,
    lane: () => "",
    handle: (value) => remember("handled", [value]),
  }, { ackWindow: Number(ackWindow), leaseMs: 200 });
}
