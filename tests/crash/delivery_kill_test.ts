import { fromFileUrl } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/seal.ts";
import { allowLoopback, WebhookSender } from "../../src/delivery/mod.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { type Receiver, startReceiver } from "../delivery/_receiver.ts";
import { seeded } from "../_support/seeded.ts";
import { untilMore } from "../_support/world_log.ts";
import { type Backend, BACKENDS, openBackend } from "./_stores.ts";

const TRIALS = Number(Deno.env.get("KILL_TRIALS") ?? 120) / 2;

for (const backend of BACKENDS) {
  Deno.test(`A sender on ${backend} delivers every committed event, each with one webhook-id, when ${TRIALS} processes are killed`, async () => {
    const dir = await Deno.makeTempDir();
    await using receiver = await startReceiver();
    const sealingKey = generateSealingKey();
    const kv = await openBackend(backend, dir);
    const sender = open(kv, sealingKey);
    await sender.subscribe({ to: receiver.url("/plain") });
    await sender.subscribe({ to: receiver.url("/ordered"), ordered: true });
    await kv.close();
    const random = seeded(7);
    for (let trial = 0; trial < TRIALS; trial++) {
      const first = String(trial * 100_000);
      const args = [backend, dir, first, sealingKey];
      const lines = trial % 2 === 0 ? 3 : 0;
      await killOne(args, { dir, lines, afterMs: 20 + random() * 180 });
    }
    await deliverTheRest(backend, { dir, sealingKey });
    await verify(receiver, dir);
    await Deno.remove(dir, { recursive: true });
  });
}

function open(kv: KvStore, sealingKey: string): WebhookSender {
  const targetPolicy = { [allowLoopback]: true } as const;
  return new WebhookSender({ kv, sealingKey, targetPolicy });
}

async function killOne(
  args: string[],
  { dir, lines, afterMs }: { dir: string; lines: number; afterMs: number },
): Promise<void> {
  const script = fromFileUrl(new URL("./_delivery_child.ts", import.meta.url));
  const run = ["run", "-A", "--no-check", "--unstable-kv", script];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...run, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "ready\n");
  await untilMore(`${dir}/world.log`, { start: "", lines });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

async function deliverTheRest(
  backend: Backend,
  { dir, sealingKey }: { dir: string; sealingKey: string },
): Promise<void> {
  const kv = await openBackend(backend, dir);
  const sender = open(kv, sealingKey);
  for (;;) {
    const report = await sender.deliverDue({ waitMs: 10_000 });
    if (report.stopped === "empty" && report.nextDueAt === null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals((await sender.health()).pending, 0);
  await kv.close();
}

async function verify(receiver: Receiver, dir: string): Promise<void> {
  const confirmed = (await Deno.readTextFile(`${dir}/world.log`)).trim()
    .split("\n").map((line) => line.split(" "));
  assert(confirmed.length > TRIALS, `only ${confirmed.length} events`);
  for (const path of ["/plain", "/ordered"]) {
    const ids = new Map<number, string>();
    for (const { headers, body } of await receiver.received(path)) {
      const { data: { n } } = JSON.parse(new TextDecoder().decode(body));
      const id = headers["webhook-id"] ?? "";
      assertEquals(ids.get(n) ?? id, id, `${path}: a repeat of ${n}`);
      ids.set(n, id);
    }
    for (const [n, id] of confirmed) {
      assertEquals(ids.get(Number(n)), id, `${path}: ${n}`);
    }
    if (path === "/ordered") assertOrder([...ids.keys()]);
  }
}

function assertOrder(numbers: readonly number[]): void {
  for (const entity of [0, 1]) {
    const own = numbers.filter((n) => n % 2 === entity);
    assertEquals(own, own.toSorted((a, b) => a - b));
  }
}
