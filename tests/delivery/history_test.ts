import { assert, assertEquals } from "@std/assert";
import { createSeal } from "../../src/crypto/seal.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import type { Attempt, AttemptResponse } from "../../src/delivery/delivery.ts";
import { addAttempt, readAttempts } from "../../src/delivery/run/_history.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { all, makeSender, SEALING_KEY } from "./_sender.ts";

const PLACE = { subscription: "sub_1", event: "evt_1" };
const LIMITS = {
  maxValueBytes: 65_000,
  maxCommitBytes: 768_000,
  maxMutations: 1_000,
  maxChecks: 100,
};
const HEADERS = Object.fromEntries(
  Array.from(
    { length: 32 },
    (_, i) => [`x-${i}-`.padEnd(256, "a"), "\u00ff".repeat(256)],
  ),
);

function historyStore(maxValueBytes: number): SenderParts {
  const kv = memoryKv({ limits: { maxValueBytes } });
  return { kv, seal: createSeal(SEALING_KEY) } as unknown as SenderParts;
}

function attempt(number: number, response: Partial<AttemptResponse>): Attempt {
  return {
    number,
    at: 0,
    tookMs: 1,
    message: "500",
    request: null,
    response: {
      status: 500,
      headers: {},
      body: "",
      truncated: false,
      ...response,
    },
  };
}

async function recorded(
  attempts: readonly Attempt[],
  maxValueBytes: number,
): Promise<Attempt[]> {
  const store = historyStore(maxValueBytes);
  let last: string | null = null;
  for (const each of attempts) {
    last = await addAttempt(store, { ...PLACE, last, attempt: each });
    assert(last.length < maxValueBytes, `${last.length} characters`);
  }
  return await readAttempts(store, { ...PLACE, last });
}

Deno.test("addAttempt() keeps the last five as they are", async () => {
  const attempts = Array.from(
    { length: 7 },
    (_, i) => attempt(i + 1, { body: `body ${i}`, headers: { a: "b" } }),
  );
  assertEquals(await recorded(attempts, 65_000), attempts.slice(-5));
});

Deno.test("addAttempt() lets the oldest go where the store takes less", async () => {
  const attempts = Array.from(
    { length: 5 },
    (_, i) => attempt(i + 1, { body: "x".repeat(900) }),
  );
  assertEquals(await recorded(attempts, 5_000), attempts.slice(-2));
});

Deno.test("addAttempt() keeps an attempt, and those before it, without an answer that the store does not take", async () => {
  const first = attempt(1, { body: "short" });
  const hostile = attempt(2, {
    headers: HEADERS,
    body: "\u0001".repeat(2_048),
  });
  assertEquals(await recorded([first, hostile], 65_000), [
    first,
    attempt(2, { truncated: true }),
  ]);
});

Deno.test("addAttempt() keeps nothing where the store takes not even that", async () => {
  const first = { ...attempt(1, {}), message: "x".repeat(1_000) };
  assertEquals(await recorded([first], 1_000), []);
  const unanswered = { ...first, response: null };
  assertEquals(await recorded([unanswered], 1_000), []);
});

Deno.test("deliverDue() records an attempt whatever the receiver answers, in a store with the limits of Deno KV", async () => {
  let isHostile = false;
  const { sender } = makeSender({
    kv: memoryKv({ limits: LIMITS }),
    retryDelaysMs: [500],
    answer: () =>
      isHostile
        ? new Response("\u0001".repeat(3_000), {
          status: 500,
          headers: HEADERS,
        })
        : new Response("", { status: 500 }),
  });
  const { subscription: { id } } = await sender.subscribe({
    to: "https://hooks.example.com/in",
  });
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deliverDue({ waitMs: 0 });
  isHostile = true;
  await sender.deliverDue({ waitMs: 1_000 });
  const [delivery] = await all(sender.deliveries(id));
  assertEquals(delivery?.attempts, 2);
  assertEquals(delivery?.lastAttempts.map(({ number }) => number), [1, 2]);
  assertEquals(delivery?.lastAttempts[1]?.response?.status, 500);
});
