import type { SpoolConsumer, SpoolItem } from "./_consumer.ts";

/** An item on its way to the handler. */
export interface Entry<T, P> {
  readonly item: SpoolItem<T>;
  /** Items of one lane are delivered one after the other. */
  readonly lane: string;
  /** What the handler will get; work on it began when the entry was read. */
  readonly prepared: P | Promise<P>;
}

/** What the intake needs to know about the work. */
export interface IntakeOptions<T, P> {
  readonly lane: (value: T) => string;
  readonly prepare: (value: T) => P | Promise<P>;
  /** Most entries that are prepared and not yet delivered. */
  readonly ahead: number;
  readonly now: () => number;
  /** Asks for more work when there is none; `false` when there is no more. */
  readonly refill: () => Promise<boolean>;
  readonly stopped: () => boolean;
}

/** Reads ahead by a bounded window, and hands out the oldest entry whose lane is free. */
export class Intake<T, P> {
  readonly #consumer: SpoolConsumer<T>;
  readonly #options: IntakeOptions<T, P>;
  readonly #window: Entry<T, P>[] = [];
  readonly #busy = new Set<string>();
  readonly #blocked = new Set<string>();
  #queue: readonly SpoolItem<T>[] = [];
  #queueAt = 0;
  #reading: Promise<void> | undefined;
  #refilling: Promise<boolean> | undefined;
  #ended = false;
  #freed: PromiseWithResolvers<void> | undefined;
  #refilled = false;
  #barren = false;
  #counted = -1;

  /** Items that came by a refill and were read. */
  drained: number = 0;
  /** When the first item that was left for later is due. */
  nextDueAt: number = Infinity;

  constructor(consumer: SpoolConsumer<T>, options: IntakeOptions<T, P>) {
    this.#consumer = consumer;
    this.#options = options;
  }

  /** The next entry, or `undefined` when all is done or the run was stopped. */
  async take(): Promise<Entry<T, P> | undefined> {
    while (!this.#options.stopped()) {
      this.#fill();
      this.#readAhead();
      const entry = this.#pick();
      if (entry) return entry;
      // A lane that was blocked has left room in the window, and there is more to look at.
      if (this.#hasRoomFor()) continue;
      if (this.#reading) await this.#reading;
      else if (this.#busy.size > 0) await this.#untilFreed();
      else if (!await this.#refill()) return undefined;
    }
    return undefined;
  }

  /** Says that an entry is settled, so that its lane may go on. */
  done(entry: Entry<T, P>): void {
    this.#busy.delete(entry.lane);
    this.wake();
  }

  /** Leaves the rest of a lane for later, because its next item is not due. */
  block(lane: string, dueAt: number): void {
    this.#blocked.add(lane);
    this.nextDueAt = Math.min(this.nextDueAt, dueAt);
  }

  /** Lets everybody who waits look again. */
  wake(): void {
    this.#freed?.resolve();
    this.#freed = undefined;
  }

  /** Begins again with the oldest open item. */
  rewind(): void {
    this.#consumer.rewind();
    this.#ended = false;
    this.#blocked.clear();
    this.nextDueAt = Infinity;
  }

  /** Resolves once nothing that was begun ahead is under way any more. What was not delivered stays in the spool. */
  async settle(): Promise<void> {
    await Promise.allSettled([
      this.#reading,
      ...this.#window.map(({ prepared }) => prepared),
    ]);
  }

  #untilFreed(): Promise<void> {
    this.#freed ??= Promise.withResolvers();
    return this.#freed.promise;
  }

  #hasRoomFor(): boolean {
    return this.#queueAt < this.#queue.length &&
      this.#window.length < this.#options.ahead;
  }

  #fill(): void {
    while (
      this.#window.length < this.#options.ahead &&
      this.#queueAt < this.#queue.length
    ) {
      const item = this.#queue[this.#queueAt++];
      if (item) this.#admit(item);
    }
  }

  #admit(item: SpoolItem<T>): void {
    const lane = this.#options.lane(item.value);
    if (item.dueAt > 0 && item.dueAt > this.#options.now()) {
      this.block(lane, item.dueAt);
    }
    // What follows an item that waits would overtake it: it waits too.
    if (this.#blocked.has(lane)) return;
    const prepared = this.#options.prepare(item.value);
    // A failure is met where the entry is delivered; until then it must not count as unhandled.
    if (prepared instanceof Promise) prepared.catch(() => {});
    this.#window.push({ item, lane, prepared });
  }

  #pick(): Entry<T, P> | undefined {
    for (let i = 0; i < this.#window.length; i++) {
      const entry = this.#window[i];
      if (!entry || this.#busy.has(entry.lane)) continue;
      this.#window.splice(i, 1);
      if (this.#blocked.has(entry.lane)) i--;
      else return this.#start(entry);
    }
    return undefined;
  }

  #start(entry: Entry<T, P>): Entry<T, P> {
    this.#busy.add(entry.lane);
    return entry;
  }

  #readAhead(): void {
    const room = this.#queueAt === this.#queue.length &&
      this.#window.length < this.#options.ahead;
    if (!room || this.#ended || this.#reading) return;
    const reading = this.#read();
    this.#reading = reading;
    // A failure stays in #reading, where the next take() meets it.
    reading.then(() => this.#reading = undefined, () => {}).finally(() =>
      this.wake()
    );
  }

  async #read(): Promise<void> {
    const items = await this.#consumer.next();
    this.#ended = items === undefined;
    this.#queue = items ?? [];
    this.#queueAt = 0;
    if (this.#queue.length > 0) this.#barren = false;
    this.#countDrained();
  }

  /** Counts what came by a refill, once, however often a segment is read. */
  #countDrained(): void {
    const seq = this.#queue[0]?.seq ?? -1;
    if (seq <= this.#counted) return;
    this.#counted = seq;
    if (this.#refilled) this.drained += this.#queue.length;
  }

  #refill(): Promise<boolean> {
    // A refill that brought nothing is the end, whatever it said: asking again would never stop.
    if (this.#barren) return Promise.resolve(false);
    this.#refilling ??= this.#options.refill().then((more) => {
      this.#refilled ||= more;
      this.#barren = more;
      this.#ended = !more;
      return more;
    }).finally(() => this.#refilling = undefined);
    return this.#refilling;
  }
}
