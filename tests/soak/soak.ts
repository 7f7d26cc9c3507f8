import { fromFileUrl } from "@std/path";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { seeded } from "../_support/seeded.ts";
import { type NetworkLog, serveBadly } from "./_server.ts";

/** What a soak found. */
export interface SoakResult {
  readonly published: number;
  readonly handled: number;
  /** Rows that the network, or a kill between answer and store, took: no client can keep those. */
  readonly swallowed: number;
  readonly kills: number;
  readonly repeats: number;
  /** Ids that should have been handled and were not. Must be empty. */
  readonly lost: readonly string[];
}

/** Publishes, breaks the network and kills the client by chance for some time, then lets it finish in peace. */
export async function soak(
  options: { ms: number; seed: number },
): Promise<SoakResult> {
  const random = seeded(options.seed);
  const dir = await Deno.makeTempDir();
  const sandbox = await createSandbox({ passphrase: null });
  const stop = new AbortController();
  const server = serveBadly(sandbox, { random, signal: stop.signal });
  try {
    await writeConfig(sandbox, { dir, url: server.url });
    const published: string[] = [];
    const kills = await killAround({
      sandbox,
      dir,
      random,
      published,
      log: server.log,
      ms: options.ms,
    });
    server.calm();
    await run(dir, { seed: 0, finish: true }).status;
    return await settle({ dir, published, kills, log: server.log });
  } finally {
    stop.abort();
    await server.finished;
    await Deno.remove(dir, { recursive: true });
  }
}

interface Scene {
  readonly sandbox: Sandbox;
  readonly dir: string;
  readonly random: () => number;
  readonly published: string[];
  readonly log: NetworkLog;
  readonly ms: number;
}

async function killAround(scene: Scene): Promise<number> {
  const end = performance.now() + scene.ms;
  let kills = 0;
  while (performance.now() < end) {
    const sent = scene.log.pages.length;
    const stored = await countStored(scene.dir);
    const child = run(scene.dir, {
      seed: Math.floor(scene.random() * 1e9),
      finish: false,
    });
    const life = 150 + scene.random() * 600;
    const death = performance.now() + life;
    while (performance.now() < death) await publishSome(scene);
    child.kill("SIGKILL");
    await child.status;
    kills++;
    await excuseThePageInFlight(scene, { sent, stored });
  }
  return kills;
}

async function publishSome(
  { sandbox, random, published }: Scene,
): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const id = `soak-${published.length}`;
    published.push(id);
    sandbox.publishRaw({
      id,
      event: "consent_accepted",
      person_user_id: `p${Math.floor(random() * 9)}`,
      slug: "email",
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The child asks for one page at a time, so at most the last page it was sent is neither stored nor swallowed. */
async function excuseThePageInFlight(
  { dir, log }: Scene,
  before: { sent: number; stored: number },
): Promise<void> {
  const sent = log.pages.slice(before.sent);
  const stored = await countStored(dir) - before.stored;
  if (stored < sent.length) {
    for (const id of sent.at(-1) ?? []) log.swallowed.add(id);
  }
}

async function settle(
  end: { dir: string; published: string[]; kills: number; log: NetworkLog },
): Promise<SoakResult> {
  const lines = (await readWorld(end.dir)).filter((line) =>
    line.startsWith("handled ")
  );
  const handled = new Set(lines.map((line) => line.slice("handled ".length)));
  const { swallowed } = end.log;
  return {
    published: end.published.length,
    handled: handled.size,
    swallowed: swallowed.size,
    kills: end.kills,
    repeats: lines.length - handled.size,
    lost: end.published.filter((id) => !handled.has(id) && !swallowed.has(id)),
  };
}

async function writeConfig(
  sandbox: Sandbox,
  at: { dir: string; url: string },
): Promise<void> {
  const config = sandbox.config({
    api_url: at.url,
    cache_dir: `${at.dir}/cache`,
  });
  await Deno.writeTextFile(`${at.dir}/allus.json`, JSON.stringify(config), {
    mode: 0o600,
  });
}

function run(
  dir: string,
  how: { seed: number; finish: boolean },
): Deno.ChildProcess {
  const script = fromFileUrl(new URL("./_child.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      script,
      `${dir}/allus.json`,
      `${dir}/world.log`,
      String(how.seed),
      how.finish ? "finish" : "",
    ],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

async function countStored(dir: string): Promise<number> {
  return (await readWorld(dir)).filter((line) => line === "stored").length;
}

async function readWorld(dir: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${dir}/world.log`).catch(() => "");
  return text.split("\n");
}

if (import.meta.main) {
  const minutes = Number(Deno.args[0] ?? 10);
  const seed = Number(Deno.args[1] ?? Date.now());
  console.log(`soaking for ${minutes} minutes with seed ${seed}`);
  const result = await soak({ ms: minutes * 60_000, seed });
  console.log(result);
  Deno.exit(result.lost.length === 0 ? 0 : 1);
}
