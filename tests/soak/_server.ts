import type { Sandbox } from "../../src/sandbox/mod.ts";

/** A row of the feed, as far as the soak looks at it. */
interface Row {
  readonly id: string;
}

/** What the network did to the feed: pages in their order, and the rows that nobody can have received whole. */
export interface NetworkLog {
  /** Ids of the rows of every page of which at least one byte was sent, in order. */
  readonly pages: string[][];
  /** Ids that the network swallowed after the platform had deleted them. */
  readonly swallowed: Set<string>;
}

/** Serves the sandbox through a network that fails by chance. */
export function serveBadly(
  sandbox: Sandbox,
  options: { random: () => number; signal: AbortSignal },
): { url: string; log: NetworkLog; finished: Promise<void>; calm: () => void } {
  const log: NetworkLog = { pages: [], swallowed: new Set() };
  let calm = false;
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: options.signal,
    onListen: () => {},
    // Reached for a body that breaks on purpose; the host would print a stack otherwise.
    onError: () => new Response(null, { status: 500 }),
  }, async (request) => {
    if (!new URL(request.url).pathname.endsWith("/changes")) {
      return await sandbox.fetch(request);
    }
    const chance = calm ? 1 : options.random();
    if (chance < 0.1) return new Response("{}", { status: 503 });
    const answer = await sandbox.fetch(request);
    if (answer.status !== 200) return answer;
    return sendPage(await answer.text(), {
      chance,
      log,
      random: options.random,
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    log,
    finished: server.finished,
    calm: () => calm = true,
  };
}

function sendPage(
  page: string,
  luck: { chance: number; log: NetworkLog; random: () => number },
): Response {
  const rows = (JSON.parse(page) as { changes: Row[] }).changes;
  const headers = { "content-type": "application/json" };
  if (rows.length === 0) return new Response(page, { headers });
  const breaks = luck.chance < 0.25;
  const cut = !breaks
    ? page.length
    : luck.chance < 0.15
    ? 0
    : Math.floor(luck.random() * page.length);
  if (cut > 0) luck.log.pages.push(rows.map(({ id }) => id));
  if (!breaks) return new Response(page, { headers });
  for (const id of cutOff(rows, cut)) luck.log.swallowed.add(id);
  return new Response(breakingBody(page.slice(0, cut)), { headers });
}

/** The rows whose last byte, with the sign behind it, does not arrive. */
function cutOff(rows: readonly Row[], cut: number): string[] {
  let end = '{"changes":['.length;
  return rows.filter((row) => {
    end += new TextEncoder().encode(JSON.stringify(row)).length + 1;
    return end > cut;
  }).map(({ id }) => id);
}

function breakingBody(start: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      if (start !== "") controller.enqueue(new TextEncoder().encode(start));
    },
    async pull(controller): Promise<void> {
      // The bytes must be on their way before the connection breaks, or fewer arrive than the log says.
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.error(new Error("the connection broke"));
    },
  }, { highWaterMark: 0 });
}
