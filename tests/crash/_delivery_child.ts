/**
 * Emits and delivers without end, until it is killed. Each event that is known to be durable is written to a file with
 * one call; what was delivered, the receiver knows.
 */
import { allowLoopback, WebhookSender } from "../../src/delivery/mod.ts";
import { type Backend, openBackend } from "./_stores.ts";

const [backend, dir = "", first = "0", sealingKey = ""] = Deno.args;
const world = Deno.openSync(`${dir}/world.log`, { append: true, create: true });
const kv = await openBackend(backend as Backend, dir);
const sender = new WebhookSender({
  kv,
  sealingKey,
  targetPolicy: { [allowLoopback]: true },
});

await Deno.stdout.write(new TextEncoder().encode("ready\n"));
for (let n = Number(first);; n++) {
  const result = await sender.emit(
    { name: "number.made", data: { n }, entity: `${n % 2}` },
    { commit: { sets: [{ key: ["app", n], value: n }] } },
  );
  if (!result.ok) throw new Error("The commit was refused");
  world.writeSync(new TextEncoder().encode(`${n} ${result.events[0]?.id}\n`));
  await sender.deliverDue({ waitMs: 0, leaseMs: 200 });
}
