/** A process of its own with a store, for tests that end it or refuse it. Usage: `_child.ts <what> <dir>`. */
import { KvError } from "../../src/errors.ts";
import { fsKv, type FsKvStore } from "../../src/kv/fs.ts";

function say(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

/** Opens the store and says what became of it. */
async function open(dir: string): Promise<void> {
  try {
    await using _kv = await fsKv(dir);
    say("opened");
  } catch (error) {
    say(error instanceof KvError ? error.message : "another error");
  }
}

/** Holds the store until it is killed. */
async function hold(dir: string): Promise<void> {
  const kv = await fsKv(dir);
  say("holding");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  await kv.close();
}

/** Commits pairs and says each number once it is acknowledged, every second one relaxed. */
async function write(dir: string): Promise<void> {
  const kv = await fsKv(dir, { compactAtBytes: 20_000 });
  const first = ((await kv.get<number>(["last"]))?.value ?? 0) + 1;
  for (let i = first;; i++) {
    await kv.commit({
      sets: [
        { key: ["last"], value: i },
        { key: ["blob", i % 7], value: new Uint8Array(i % 5000).fill(i) },
        { key: ["pair"], value: i },
      ],
      relaxed: i % 2 === 0,
    });
    say(String(i));
  }
}

/** Fills the disk with pairs until it refuses, and says what holds then. */
async function fill(dir: string): Promise<void> {
  const kv = await fsKv(dir);
  let written = 0;
  try {
    for (;; written++) await pair(kv, written, 5000);
  } catch (error) {
    const isFull = error instanceof KvError && !error.outcomeUnknown &&
      error.message.includes("the disk is full");
    say(isFull ? "full" : String(error));
  }
  const halves = await kv.get(["a", written]) ?? await kv.get(["b", written]);
  say(halves ? "half a commit" : "nothing of it");
  await kv.commit({ deletes: [["a", 0], ["b", 0]] });
  await kv.close();
  await using again = await fsKv(dir);
  const missing = [];
  for (let i = 1; i < written; i++) {
    if (!await again.get(["a", i]) || !await again.get(["b", i])) {
      missing.push(i);
    }
  }
  const isGone = await again.get(["a", 0]) === undefined;
  say(isGone && missing.length === 0 && written > 3 ? "intact" : "lost");
}

async function pair(kv: FsKvStore, i: number, size: number): Promise<void> {
  await kv.commit({
    sets: [
      { key: ["a", i], value: new Uint8Array(size) },
      { key: ["b", i], value: "x".repeat(size) },
    ],
  });
}

const ACTIONS = { open, hold, write, fill };
const [what, dir] = Deno.args as [keyof typeof ACTIONS, string];
await ACTIONS[what](dir);
