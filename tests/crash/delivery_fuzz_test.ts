import { assertGreater } from "@std/assert";
import { DeliveryFuzz } from "./_delivery_fuzz.ts";

// More by hand: SLUICE_STORIES=2000 SLUICE_SEED=1000 deno test -A tests/crash/delivery_fuzz_test.ts
const STORIES = Number(Deno.env.get("SLUICE_STORIES") ?? 50);
const SEED = Number(Deno.env.get("SLUICE_SEED") ?? 1);
const STEPS = 80;

Deno.test("A sender loses nothing, keeps the order and leaves no stray row, whatever happens in whatever order", async () => {
  let crashes = 0;
  for (let seed = SEED; seed < SEED + STORIES; seed++) {
    const fuzz = new DeliveryFuzz(seed);
    try {
      await fuzz.tell(STEPS);
    } catch (cause) {
      const story = fuzz.story.join("\n");
      throw new Error(`seed ${seed} went wrong:\n${story}`, { cause });
    }
    crashes += fuzz.crashes;
  }
  assertGreater(crashes, STORIES);
});
