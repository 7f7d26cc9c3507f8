import type { Stored } from "./_feed.ts";

/** A person linked to the service. */
export interface Person {
  /** Place in the list: the order in which they were connected. */
  readonly serial: number;
  readonly connectionId: string;
  readonly userId: string;
  readonly shareCode: string;
  readonly displayName: string | null;
  readonly connectedAt: string;
  readonly customerType: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** Slug to value entry. */
  readonly values: Map<string, Stored>;
  readonly pendingConsent: Set<string>;
}

/** The connections in the order in which they came. */
export class People {
  readonly #list: Person[] = [];
  readonly #byConnection = new Map<string, Person>();
  readonly #byUser = new Map<string, Person>();
  readonly #byShareCode = new Map<string, Person>();

  get size(): number {
    return this.#list.length;
  }

  get newest(): Person | undefined {
    return this.#list.at(-1);
  }

  add(person: Person): void {
    // Values are encrypted before, so one who came later may be ready sooner.
    let at = this.#list.length;
    while (at > 0 && isAfter(this.#list[at - 1], person)) at--;
    this.#list.splice(at, 0, person);
    this.#byConnection.set(person.connectionId, person);
    this.#byUser.set(person.userId, person);
    this.#byShareCode.set(person.shareCode, person);
  }

  remove(person: Person): void {
    const at = this.#list.indexOf(person);
    if (at >= 0) this.#list.splice(at, 1);
    this.#byConnection.delete(person.connectionId);
    this.#byUser.delete(person.userId);
    this.#byShareCode.delete(person.shareCode);
  }

  page(offset: number, limit: number): Person[] {
    return this.#list.slice(offset, offset + limit);
  }

  withConnection(connectionId: string): Person | undefined {
    return this.#byConnection.get(connectionId);
  }

  withUser(userId: string): Person | undefined {
    return this.#byUser.get(userId);
  }

  withShareCode(shareCode: string): Person | undefined {
    return this.#byShareCode.get(shareCode);
  }
}

function isAfter(one: Person | undefined, other: Person): boolean {
  return one !== undefined && one.serial > other.serial;
}
