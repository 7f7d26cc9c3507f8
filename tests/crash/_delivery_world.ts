import { assertEquals } from "@std/assert";
import type { Permissions } from "../../src/delivery/mod.ts";
import type { Sent } from "../delivery/_sender.ts";

/** What the world outside the store knows of one subscription. */
export interface Subscriber {
  /** That of its current subscription. */
  id: string;
  /** Of its declaration; `null` when it subscribed by itself. */
  readonly name: string | null;
  readonly ordered: boolean;
  /** Whether its owner may hear of even numbers only. */
  readonly guarded: boolean;
  readonly wants: "a" | "*";
  isRemoved: boolean;
  /** Whether things were delivered again, so that the order in which they came says nothing. */
  isReplayed: boolean;
  /** What it must get, in order. */
  readonly owed: Emitted[];
  /** Numbers that its receiver took, in order. */
  readonly taken: number[];
}

/** An event as the world knows it. */
export interface Emitted {
  readonly n: number;
  readonly name: string;
  readonly entity: string | null;
}

/** Where all receivers are. */
export const TO = "https://hooks.example.com";

/** Says that the owner may hear of even numbers only. */
export const mayHear: Permissions = ({ event: { data } }) =>
  Number((Object(data) as { n?: unknown }).n) % 2 === 0;

/** The subscribers with their receivers: what they are owed, and what they took. */
export class DeliveryWorld {
  /** Whether all receivers take everything. */
  isUp = false;
  readonly #random: () => number;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #ids = new Map<number, string>();
  readonly #wrongs: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Those that are not to be removed. */
  get present(): Subscriber[] {
    return this.all.filter(({ isRemoved }) => !isRemoved);
  }

  get all(): Subscriber[] {
    return [...this.#subscribers.values()];
  }

  /** The path of the next subscriber's receiver. */
  get nextPath(): string {
    return `/s${this.#subscribers.size}-`;
  }

  add(
    subscriber: Pick<
      Subscriber,
      "id" | "name" | "ordered" | "guarded" | "wants"
    >,
  ): void {
    this.#subscribers.set(this.nextPath, {
      ...subscriber,
      isRemoved: false,
      isReplayed: false,
      owed: [],
      taken: [],
    });
  }

  /** Notes something that must not happen. */
  note(wrong: string): void {
    this.#wrongs.push(wrong);
  }

  /** An event is in the store, and at that moment these were there to be found. */
  owe(found: readonly Subscriber[], event: Emitted): void {
    for (const each of found) {
      const isWanted = each.wants === "*" || event.name.startsWith("a.");
      const mayGet = !each.guarded || event.n % 2 === 0;
      if (isWanted && mayGet) each.owed.push(event);
    }
  }

  /** The receiver, which takes most, fails at much, and now and then is gone. */
  answer({ url, id, body }: Sent): Response {
    const { n } = JSON.parse(body).data;
    const { pathname } = new URL(url);
    const subscriber = this.#subscribers.get(pathname);
    if (!subscriber) throw new Error(`nobody is at ${pathname}`);
    if ((this.#ids.get(n) ?? id) !== id) this.note(`${n} has two ids`);
    this.#ids.set(n, id);
    if (subscriber.guarded && n % 2 === 1) {
      this.note(`${n} came to ${pathname}, which may not have it`);
    }
    const luck = this.isUp ? 1 : this.#random();
    if (luck < 0.01) return new Response("", { status: 410 });
    if (luck < 0.04) return this.#throttled();
    if (luck < 0.3) return new Response("", { status: 500 });
    if (luck < 0.35) throw new TypeError("the connection broke");
    subscriber.taken.push(n);
    return new Response();
  }

  /** Everybody has got everything, in order where that was asked for, and nothing else. */
  verify(): void {
    assertEquals(this.#wrongs, []);
    for (const [path, each] of this.#subscribers) {
      if (each.isRemoved) continue;
      const lost = each.owed.filter(({ n }) => !each.taken.includes(n));
      assertEquals(lost, [], `${path} did not get these`);
      if (each.ordered && !each.isReplayed) verifyOrder(path, each);
    }
  }

  #throttled(): Response {
    const seconds = Math.floor(this.#random() * 100);
    const headers = { "retry-after": `${seconds}` };
    return new Response("", { status: 429, headers });
  }
}

function verifyOrder(path: string, { owed, taken }: Subscriber): void {
  const first = [...new Set(taken)];
  for (const entity of ["e", "f"]) {
    const wanted = owed.filter((one) => one.entity === entity)
      .map(({ n }) => n);
    const got = first.filter((n) => wanted.includes(n));
    assertEquals(got, wanted, `order of ${entity} at ${path}`);
  }
}
