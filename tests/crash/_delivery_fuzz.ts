import { assert, assertEquals } from "@std/assert";
import type {
  Declaration,
  NewSubscription,
  OutboundEvent,
  WebhookSender,
} from "../../src/delivery/mod.ts";
import type { KvEntry, KvKey, KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { seeded } from "../_support/seeded.ts";
import { all, makeSender } from "../delivery/_sender.ts";
import { checkRows } from "./_delivery_rows.ts";
import {
  DeliveryWorld,
  type Emitted,
  mayHear,
  type Subscriber,
  TO,
} from "./_delivery_world.ts";

/** A process: a sender over a store that may die, and the runs that it has begun. */
interface Process {
  readonly sender: WebhookSender;
  readonly store: ReturnType<typeof crashingKv>;
  readonly runs: Promise<void>[];
}

type Step = () => Promise<void>;

const MOST_ROUNDS = 300;
const A_MINUTE_MS = 60_000;
const SMALL = {
  maxMutations: 20,
  maxCommitBytes: 40_000,
  maxValueBytes: 4_000,
};

/** One story of emits, runs, crashes, changes and jumps of the clock, whose choices are those of its seed. */
export class DeliveryFuzz {
  /** What was done, for the message of a failure. */
  readonly story: string[] = [];
  readonly #random: () => number;
  readonly #world: DeliveryWorld;
  readonly #clock = jumpingClock();
  readonly #declared = new Map<string, Declaration>();
  readonly #kv: KvStore;
  #process: Process;
  #next = 0;
  #crashes = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#world = new DeliveryWorld(this.#random);
    this.#kv = memoryKv({ limits: this.#chance(0.5) ? SMALL : {} });
    this.#process = this.#open();
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Tells the story, checking the rows whenever no run is at work; then lets everything arrive, and checks that it has. */
  async tell(steps: number): Promise<void> {
    try {
      for (let i = 0; i < 3; i++) await this.#subscribe();
      for (let i = 0; i < steps; i++) {
        await this.#survive(() => this.#step());
        if (this.#process.runs.length === 0) await this.#check();
      }
    } finally {
      await this.#settle();
    }
    await this.#deliverAll();
    this.#world.verify();
  }

  async #step(): Promise<void> {
    const steps: [number, Step][] = [
      [10, () => this.#emit()],
      [8, () => Promise.resolve(this.#run())],
      [3, () => this.#settle()],
      [3, () => this.#arm()],
      [2, () => this.#subscribe()],
      [2, () => this.#toAnybody((one) => this.#deactivate(one))],
      [3, () => this.#toAnybody((one) => this.#activate(one))],
      [1, () => this.#toAnybody((one) => this.#remove(one))],
      [1, () => this.#toAnybody((one) => this.#update(one))],
      [3, () => this.#redeclare()],
      [2, () => this.#toAnybody((one) => this.#replay(one))],
      [4, () => this.#jump()],
      [3, () => this.#ticks(40)],
    ];
    const total = steps.reduce((sum, [weight]) => sum + weight, 0);
    let at = this.#random() * total;
    await steps.find(([weight]) => (at -= weight) < 0)?.[1]();
  }

  /** Goes on with another process when this one has died. */
  async #survive(work: Step): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    if (!this.#process.store.crashed) return;
    this.#crashes++;
    this.#say("died");
    await this.#settle();
    this.#process = this.#open();
    if (this.#chance(0.7)) await this.#clock.sleep(A_MINUTE_MS);
  }

  #open(at = { commit: Infinity, applied: false }): Process {
    const store = crashingKv(this.#slowKv(), at);
    const { sender } = makeSender({
      kv: store.kv,
      clock: this.#clock,
      random: this.#random,
      retryDelaysMs: new Array<number>(100).fill(1_000),
      circuit: { failures: 4, firstMs: 1_000, maxMs: A_MINUTE_MS },
      permissions: mayHear,
      answer: async (sent) => {
        await this.#ticks(60);
        return this.#world.answer(sent);
      },
    });
    return { sender, store, runs: [] };
  }

  /** The store, each of whose answers takes a while, so that what happens meanwhile gets in between. */
  #slowKv(): KvStore {
    const kv = this.#kv;
    const slow = async <T>(work: () => Promise<T>): Promise<T> => {
      await wait();
      const result = await work();
      await wait();
      return result;
    };
    const wait = (): Promise<void> => this.#ticks(this.#chance(0.1) ? 200 : 6);
    return {
      limits: kv.limits,
      get: (key) => slow(() => kv.get(key)),
      async *list(range, options): AsyncGenerator<KvEntry<never>> {
        for await (const entry of kv.list<never>(range, options)) {
          await wait();
          yield entry;
        }
      },
      commit: (change) => slow(() => kv.commit(change)),
      close: () => kv.close(),
    };
  }

  async #emit(): Promise<void> {
    const events = Array.from({ length: this.#chance(0.2) ? 3 : 1 }, () => ({
      n: this.#next++,
      name: this.#pick(["a.made", "b.made"]),
      entity: this.#pick(["e", "f", null]),
    }));
    const key = ["app", events[0]?.n ?? 0];
    this.#say("emit", ...events.map(({ n }) => n));
    const found = await this.#found();
    try {
      const result = await this.#process.sender.emit(
        events.map((event) => this.#outbound(event)),
        { commit: { sets: [{ key, value: true }] } },
      );
      assert(result.ok);
    } finally {
      // Whoever emits and dies does not know; the application's own row does.
      const isThere = await this.#kv.get(key) !== undefined;
      if (isThere) {
        for (const event of events) this.#world.owe(found, event);
      }
    }
  }

  #outbound({ n, name, entity }: Emitted): OutboundEvent {
    const pad = "x".repeat(this.#chance(0.1) ? 5_000 : 10);
    const data = { n, pad };
    return entity === null ? { name, data } : { name, data, entity };
  }

  /** Those that an event finds now; while it is emitted nobody but a run changes them, and that one only holds. */
  async #found(): Promise<Subscriber[]> {
    const rows = await this.#rows<{ active: boolean; holds: boolean }>("sub");
    const ids = rows.filter(({ value: { active, holds } }) => active || holds)
      .map(({ key }) => key.at(-1));
    return this.#world.all.filter(({ id }) => ids.includes(id));
  }

  #run(): void {
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      deadlineMs: this.#pick([Infinity, Infinity, 5_000, 0]),
      concurrency: this.#pick([1, 2, 16]),
      waitMs: this.#pick([0, 1_000, 5_000]),
    };
    const { deadlineMs, concurrency, waitMs } = options;
    this.#say("run", deadlineMs, concurrency, waitMs);
    const run = this.#process.sender.deliverDue(options).then(
      ({ stopped }) => this.#say("stopped", stopped),
      (error) => {
        this.#say("failed");
        if (!this.#process.store.crashed) this.#world.note(String(error));
      },
    );
    this.#process.runs.push(run);
    if (this.#chance(0.2)) this.#ticks(400).then(() => stop.abort());
  }

  async #settle(): Promise<void> {
    this.#say("settle");
    const { runs } = this.#process;
    await Promise.all(runs);
    runs.length = 0;
  }

  /** From now on the process is one that dies soon. */
  async #arm(): Promise<void> {
    await this.#settle();
    const commit = 1 + Math.floor(this.#random() * 20);
    const applied = this.#chance(0.5);
    this.#say("arm", commit, applied);
    this.#process = this.#open({ commit, applied });
  }

  async #subscribe(): Promise<void> {
    const traits = {
      ordered: this.#chance(0.5),
      guarded: this.#chance(0.2),
      wants: this.#pick(["a", "*"] as const),
    };
    const { ordered, guarded, wants } = traits;
    const path = this.#world.nextPath;
    const name = this.#chance(0.4) ? `declared${path}` : null;
    this.#say("subscribe", name ?? path, ordered, guarded, wants);
    const wanted: NewSubscription = {
      to: `${TO}${path}`,
      for: wants,
      ordered,
      ...(guarded ? { owner: "anna" } : {}),
      limits: {
        attemptLimit: this.#pick([6, 50]),
        concurrency: this.#pick([1, 4]),
        perSecond: this.#pick([null, null, 2]),
      },
    };
    // By a process of its own: who dies here has not learned of the subscription.
    const { sender } = this.#open();
    if (name !== null) this.#declared.set(name, { ...wanted, name });
    if (name === null) {
      const { subscription: { id } } = await sender.subscribe(wanted);
      this.#world.add({ id, name, ...traits });
    } else {
      await this.#reconcile(sender);
      this.#world.add({ id: await this.#declaredId(name), name, ...traits });
    }
  }

  /** Changes a declaration: another subscription takes the place of the one that it had. */
  async #redeclare(): Promise<void> {
    const one = this.#pick(this.#world.present);
    const declaration = this.#declared.get(one?.name ?? "");
    if (!one || !declaration) return;
    const { name, limits } = declaration;
    this.#say("redeclare", name);
    const concurrency = (limits?.concurrency ?? 1) % 8 + 1;
    this.#declared.set(name, {
      ...declaration,
      limits: { ...limits, concurrency },
    });
    await this.#reconcile(this.#process.sender);
  }

  /** Makes what is declared so; who dies has changed some of it, perhaps also what another one could not. */
  async #reconcile(sender: WebhookSender): Promise<void> {
    try {
      await sender.reconcile([...this.#declared.values()]);
    } finally {
      for (const one of this.#world.present) {
        if (one.name === null) continue;
        one.id = await this.#declaredId(one.name);
        this.#say(one.name, "is", one.id);
      }
    }
  }

  async #declaredId(name: string): Promise<string> {
    const key = ["sluice", "delivery", "declared", name];
    return (await this.#kv.get<string>(key))?.value ?? "";
  }

  async #toAnybody(what: (one: Subscriber) => Promise<void>): Promise<void> {
    const { present } = this.#world;
    if (present.length > 0) await what(this.#pick(present));
  }

  async #deactivate({ id }: Subscriber): Promise<void> {
    const hold = this.#chance(0.5);
    this.#say("deactivate", id, hold);
    await this.#process.sender.deactivate(id, { hold });
  }

  async #activate({ id }: Subscriber): Promise<void> {
    this.#say("activate", id);
    await this.#process.sender.activate(id);
  }

  async #remove(one: Subscriber): Promise<void> {
    this.#say("remove", one.id);
    // Also when this dies: the end does it again.
    one.isRemoved = true;
    this.#declared.delete(one.name ?? "");
    await this.#process.sender.remove(one.id);
  }

  async #update({ id, name }: Subscriber): Promise<void> {
    if (name !== null) return;
    this.#say("update", id);
    const limits = { attemptLimit: this.#pick([4, 60]) };
    await this.#process.sender.update(id, { changes: { limits } });
  }

  async #replay(one: Subscriber): Promise<void> {
    const isRange = this.#chance(0.5);
    this.#say("replay", one.id, isRange);
    one.isReplayed ||= isRange;
    // Who has lost a race has waited for some time that is not whole.
    const until = Math.ceil(this.#clock.now()) + A_MINUTE_MS;
    const range = { since: 0, until };
    const what = isRange ? range : { status: "failed" } as const;
    await this.#process.sender.replay(one.id, what);
  }

  async #jump(): Promise<void> {
    const ms = this.#pick([1, 100, 1_000, A_MINUTE_MS, 3_600_000, -10, -5_000]);
    this.#say("jump", ms);
    await this.#clock.sleep(ms);
  }

  async #deliverAll(): Promise<void> {
    this.#world.isUp = true;
    this.#process = this.#open();
    const { sender } = this.#process;
    await this.#clock.sleep(A_MINUTE_MS);
    for (const { id, isRemoved } of this.#world.all) {
      if (isRemoved) await sender.remove(id);
      else await sender.activate(id);
    }
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { nextDueAt, stopped } = await sender.deliverDue();
      assertEquals(stopped, "empty");
      await this.#check();
      if (nextDueAt === null) break;
      await this.#clock.sleep(Math.max(0, nextDueAt - this.#clock.now()));
    }
    const nothing = { pending: 0, broken: 0, hasIncoming: false };
    assertEquals(await sender.health(), { ...nothing, nextDueAt: null });
    for (const table of ["q", "lane", "head", "ready", "in"]) {
      assertEquals(await this.#rows(table), [], `rows are left in ${table}`);
    }
  }

  async #check(): Promise<void> {
    await checkRows((table) => this.#rows(table));
  }

  #rows<T>(table: string): Promise<{ key: KvKey; value: T }[]> {
    const prefix = ["sluice", "delivery", table];
    return all(this.#kv.list<T>({ prefix }));
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  /** Lets others go on for a while that does not depend on timers. */
  async #ticks(most: number): Promise<void> {
    const count = Math.floor(this.#random() * most);
    for (let i = 0; i < count; i++) await Promise.resolve();
  }

  #say(...words: unknown[]): void {
    this.story.push(words.join(" "));
  }
}
