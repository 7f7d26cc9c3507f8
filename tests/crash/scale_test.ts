import { fromFileUrl } from "@std/path";
import { assert, assertEquals } from "@std/assert";

for (const perSegment of [500, 1]) {
  Deno.test(`runSpool() drains 200,000 events in segments of ${perSegment} in bounded memory and at a steady rate`, async () => {
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
    const measured = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([measured.delivered, measured.pending], [200_000, 0]);
    assert(measured.growthMiB < 64, `memory grew by ${measured.growthMiB} MiB`);
    assert(
      measured.lastAgainstFirst >= 0.8,
      `the last events came at ${measured.lastAgainstFirst} of the first rate`,
    );
  });
}
