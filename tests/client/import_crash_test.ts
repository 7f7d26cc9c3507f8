import { assert, assertEquals, assertRejects } from "@std/assert";
import { importCacheDir } from "../../mod.ts";
import { type Client, feedOf } from "../../src/company_data/client.ts";
import { KvError } from "../../src/errors.ts";
import type { ImportFiles } from "../../src/import/_files.ts";
import { OldFolder } from "../../src/import/_old_folder.ts";
import { takeOver } from "../../src/import/_take_over.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { startPlatform } from "../_support/platform.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { eventText, fileName, namesIn, withOldFolder } from "./_old_folder.ts";

const HALF = "x".repeat(500 * 1024);
// Three pieces of a MiB at most, of two people.
const PENDING = Array.from({ length: 8 }, (_, i) => ({
  id: `e${i}`,
  number: 90 + i,
  person: i % 2 === 0 ? "anna" : "ben",
  filler: i % 3 === 0 ? HALF : "",
}));
const DEAD = [{ id: "d0", number: 7 }, { id: "d1", number: 7 }];

function files(): Record<string, string> {
  return Object.fromEntries([
    ...PENDING.map(({ id, number, person, filler }) => [
      `pending/${fileName(number, id)}`,
      eventText(id, { person_user_id: person, filler }),
    ]),
    ...DEAD.map(({ id, number }) => [
      `deadletter/${fileName(number, id)}`,
      eventText(id, { _deadletter: { error: "Error: no", attempts: 4 } }),
    ]),
  ]);
}

/** A process that dies at its n-th commit or change of the folder, before or after that has happened. */
class Death {
  readonly #at: number;
  readonly #applied: boolean;
  #steps = 0;

  constructor(at: number, applied: boolean) {
    this.#at = at;
    this.#applied = applied;
  }

  get happened(): boolean {
    return this.#steps >= this.#at;
  }

  async step<T>(action: () => Promise<T>): Promise<T> {
    const now = ++this.#steps;
    if (now > this.#at) throw new KvError("Cannot go on: the process is gone");
    if (now < this.#at) return await action();
    if (this.#applied) await action();
    throw new KvError("Cannot go on: the process died", {
      outcomeUnknown: true,
    });
  }

  kv(kv: KvStore): KvStore {
    return withCommit(kv, (change, next) => this.step(() => next(change)));
  }

  files(): ImportFiles {
    return {
      readFile: (path) => Deno.readFile(path),
      readdir: (path) => Promise.resolve(namesIn(String(path))),
      mkdir: (path) => this.step(() => Deno.mkdir(path, { recursive: true })),
      rename: (from, to) => this.step(() => Deno.rename(from, to)),
    };
  }
}

/** Imports until death; `false` when the import got to its end. */
async function importToDeath(
  client: Client,
  dir: string,
  death: Death,
): Promise<boolean> {
  const folder = await OldFolder.open(dir, death.files());
  const feed = await feedOf(client);
  await takeOver(folder, feed).catch((error) => {
    assert(death.happened, String(error));
  });
  return death.happened;
}

function assertInOrder(seen: readonly string[]): void {
  assertEquals(new Set(seen), new Set([...PENDING.map((e) => e.id), "live"]));
  for (const person of ["anna", "ben"]) {
    const wanted = PENDING.filter((event) => event.person === person)
      .map(({ id }) => id);
    const own = seen.filter((id) => wanted.includes(id));
    const first = own.filter((id, i) => own.indexOf(id) === i);
    const last = own.filter((id, i) => own.lastIndexOf(id) === i);
    assertEquals([first, last], [wanted, wanted]);
  }
  assertEquals(seen.indexOf("live"), seen.length - 1, "newer, and once");
}

async function dieAndGoOn(
  at: { step: number; applied: boolean; deliver: boolean },
): Promise<boolean> {
  let died = false;
  await withOldFolder(files(), async (dir) => {
    // Nobody else has it open, so that a dead process keeps nobody waiting.
    const store: KvStore = {
      ...withCommit(memoryKv(), (change, next) => next(change)),
      exclusive: true,
    };
    await using platform = await startPlatform({ client: { kv: store } });
    platform.sandbox.publishRaw(JSON.parse(eventText("live")));
    const death = new Death(at.step, at.applied);
    const doomed = await platform.another({ kv: death.kv(store) });
    died = await importToDeath(doomed, dir, death);
    const client = await platform.another({ kv: { ...store } });
    const seen: string[] = [];
    const deliver = (): Promise<unknown> =>
      client.processChanges(({ id }) => seen.push(String(id)));
    const { importMark } = await feedOf(client);
    const isOpen = await importMark.isSet();
    if (at.deliver && isOpen) {
      await assertRejects(deliver, KvError, "call importCacheDir again");
      assertEquals(seen.includes("live"), false);
    }
    // One that died at the release of its lease had done all of it.
    if (isOpen || namesIn(`${dir}/pending`).length > 0) {
      await importCacheDir(dir, client);
    }
    await deliver();
    assertInOrder(seen);
    const letters = await client.deadLetters();
    assertEquals(letters.map(({ event }) => event), [
      JSON.parse(eventText("d0")),
      JSON.parse(eventText("d1")),
    ]);
    assertEquals(namesIn(`${dir}/pending`), []);
    assertEquals(namesIn(`${dir}/imported/pending`).length, PENDING.length);
    assertEquals(namesIn(`${dir}/imported/deadletter`).length, DEAD.length);
  });
  return died;
}

Deno.test("importCacheDir() loses and reorders nothing, whichever commit or rename the process dies at", async () => {
  let steps = 0;
  for (const applied of [false, true]) {
    for (const deliver of [false, true]) {
      for (let step = 1; await dieAndGoOn({ step, applied, deliver }); step++) {
        steps++;
      }
    }
  }
  // Four rounds over lease, mark, two dead letters, three pieces, their files, and the end.
  assert(steps >= 4 * (2 + 2 * 2 + 3 + PENDING.length + 2), `${steps}`);
});
