import { isObject } from "../_internal/json.ts";
import { innerSchemas } from "./_reduce.ts";

/**
 * Stands in place of `minItems` for that and `uniqueItems` in a schema that the validator is given.
 *
 * The validator would compare every pair of items, which takes a minute for a list of a megabyte. It asks a list for its
 * length and compares that with `minItems`: so {@linkcode judgeWatched} knows which list it is, and this gives the number.
 */
export class UniqueMark {
  /** The `minItems` of the schema itself. */
  readonly least: number;

  /** Creates it. */
  constructor(least: number) {
    this.least = least;
  }

  /** The least length of the list that was asked for its own: no length is enough for one with equal items. */
  [Symbol.toPrimitive](): number {
    return watch.isUnique(watch.asked) ? this.least : Infinity;
  }

  /** Which of its two keywords do not hold for a list. */
  broken(list: readonly unknown[]): string[] {
    const short = list.length < this.least ? ["minItems"] : [];
    return watch.isUnique(list) ? short : [...short, "uniqueItems"];
  }
}

/** Puts marks in place of `uniqueItems` in a reduced schema; gives `false` when it has none. */
export function markUnique(reduced: unknown): boolean {
  const nodes = [...innerSchemas(reduced)]
    .filter((node) => node["uniqueItems"] === true);
  for (const node of nodes) {
    const least = node["minItems"];
    node["minItems"] = new UniqueMark(typeof least === "number" ? least : 0);
    delete node["uniqueItems"];
  }
  return nodes.length > 0;
}

/** Judges a value by a schema that has marks. */
export function judgeWatched<T>(
  value: unknown,
  judge: (watched: unknown) => T,
): T {
  try {
    watch = new Watch();
    return judge(watch.watched(value));
  } finally {
    watch = new Watch(); // which holds nothing of the value
  }
}

class Watch {
  /** The list whose length was read last. */
  asked: readonly unknown[] = [];
  readonly #forms = new Map<string, number>();
  readonly #numbers = new WeakMap<object, number>();
  readonly #unique = new WeakMap<object, boolean>();

  /** The value with lists that note it when they are asked for their length. */
  watched(value: unknown): unknown {
    if (Array.isArray(value)) {
      const list = value.map((each) => this.watched(each));
      return new Proxy(list, { get: (_, name) => this.#read(list, name) });
    }
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.watched(each)]),
    );
  }

  isUnique(list: readonly unknown[]): boolean {
    const known = this.#unique.get(list);
    if (known !== undefined) return known;
    const numbers = new Set(list.map((each) => this.#number(each)));
    this.#unique.set(list, numbers.size === list.length);
    return numbers.size === list.length;
  }

  #read(list: readonly unknown[], name: string | symbol): unknown {
    if (name === "length") this.asked = list;
    return Reflect.get(list, name);
  }

  /** A number that equal values share and no others, so that what is deep is looked through once. */
  #number(value: unknown): number {
    if (typeof value !== "object" || value === null) {
      return this.#numberOf(`${typeof value} ${value}`);
    }
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#numberOf(this.#form(value));
    this.#numbers.set(value, number);
    return number;
  }

  #form(value: object): string {
    if (Array.isArray(value)) {
      return `[${value.map((each) => this.#number(each))}`;
    }
    const members = Object.entries(value).map(([name, each]) =>
      `${JSON.stringify(name)}:${this.#number(each)}`
    );
    return `{${members.sort()}`;
  }

  #numberOf(form: string): number {
    const number = this.#forms.get(form) ?? this.#forms.size;
    this.#forms.set(form, number);
    return number;
  }
}

let watch = new Watch();
