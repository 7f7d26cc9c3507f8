const MOST_WAIT_MS = 10_000;
const LOOK_AGAIN_MS = 3;

/** Lines of a log with a certain start; none while there is no log. */
export async function linesOf(path: string, start: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(unlessMissing);
  return text.split("\n").filter((line) => line && line.startsWith(start));
}

/**
 * Waits until a log has so many more lines with a certain start, so that a child that is about to be killed has done
 * something however busy the machine is; not for ever, because another process may have the lease.
 */
export async function untilMore(
  path: string,
  { start, lines }: { start: string; lines: number },
): Promise<void> {
  const wanted = (await linesOf(path, start)).length + lines;
  const until = Date.now() + MOST_WAIT_MS;
  while ((await linesOf(path, start)).length < wanted) {
    if (Date.now() > until) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function unlessMissing(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "";
  throw error;
}
