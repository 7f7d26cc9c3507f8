/** Drains the lanes that it is given, one after the other, when it is told to. */
import { postgresKv } from "../../src/kv/postgres.ts";
import { connect, disconnect } from "../postgres/_database.ts";
import { createSpool, runSpool } from "../../src/spool/mod.ts";

const [url = "", ...lanes] = Deno.args;
const sql = connect(url, { max: 2 });
const kv = postgresKv(sql);
await kv.get(["warm"]);
console.log("ready");
await Deno.stdin.read(new Uint8Array(1));
for (const lane of lanes) {
  const spool = createSpool<number>({
    kv,
    prefix: ["lane", lane],
    split: () => [0],
  });
  await runSpool(spool, {
    prepare: (n) => n,
    isPoison: () => false,
    lane: () => "",
    handle: () => {},
  });
}
await disconnect(sql);
console.log("done");
