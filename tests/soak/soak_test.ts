import { assert, assertEquals } from "@std/assert";
import { soak } from "./soak.ts";

const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 20);

Deno.test(`A client that is killed again and again behind a bad network loses nothing in ${SECONDS} s`, async () => {
  const result = await soak({ ms: SECONDS * 1_000, seed: 7 });
  assertEquals(result.lost, []);
  assert(result.kills > SECONDS / 2, `only ${result.kills} kills`);
  assert(result.swallowed < result.published, "the network took everything");
  assert(
    result.repeats <= result.kills * 5,
    `${result.repeats} repeats after ${result.kills} kills`,
  );
});
