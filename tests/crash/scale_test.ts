import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

interface Measured {
  readonly delivered: number;
  readonly pending: number;
  readonly growthMiB: number;
  readonly lastAgainstFirst: number;
}

for (const perSegment of [500, 1]) {
  Deno.test(`runSpool() drains 200,000 events in segments of ${perSegment} in bounded memory and at a steady rate`, async () => {
    let measured = await measure(perSegment);
    // A neighbour on the machine can slow down the end of one run; a rate that falls does so in every run.
    for (let run = 2; run <= 3 && measured.lastAgainstFirst < 0.8; run++) {
      measured = await measure(perSegment);
    }
    assertEquals([measured.delivered, measured.pending], [200_000, 0]);
    assert(
      measured.growthMiB < 64,
      `memory grew by ${measured.growthMiB} MiB`,
    );
    assert(
      measured.lastAgainstFirst >= 0.8,
      `the last events came at ${measured.lastAgainstFirst} of the first rate`,
    );
  });
}

async function measure(perSegment: number): Promise<Measured> {
  const dir = await Deno.makeTempDir();
  const script = fromFileUrl(new URL("./_scale_child.ts", import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--v8-flags=--expose-gc",
      script,
      dir,
      String(perSegment),
    ],
    stderr: "inherit",
  }).output();
  await Deno.remove(dir, { recursive: true });
  return JSON.parse(new TextDecoder().decode(stdout));
}
