/** Drains a common store once, and prints its report. Begins when it is told to, so that all begin together. */
import { createSpool, runSpool } from "../../src/spool/mod.ts";
import { openBackend } from "./_stores.ts";

const [dir = ""] = Deno.args;
const world = Deno.openSync(`${dir}/world.log`, { append: true, create: true });
const kv = await openBackend("deno", dir);
const spool = createSpool<number>({
  kv,
  prefix: ["overlap"],
  split: (body) => JSON.parse(new TextDecoder().decode(body)),
});
console.log("ready");
await Deno.stdin.read(new Uint8Array(1));
const report = await runSpool(spool, {
  prepare: (n) => n,
  isPoison: () => false,
  lane: () => "",
  handle: (n) => world.writeSync(new TextEncoder().encode(`${n}\n`)),
}, { leaseMs: 5_000 });
await kv.close();
console.log(JSON.stringify(report));
