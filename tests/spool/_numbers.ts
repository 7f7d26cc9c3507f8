import type { KvStore } from "../../src/kv/kv.ts";
import {
  createSpool,
  type Job,
  type Spool,
  type SpoolOptions,
} from "../../src/spool/mod.ts";

/** The items of these tests: a number and the lane that it belongs to. */
export interface Numbered {
  readonly n: number;
  readonly lane: string;
}

export function numberSpool(
  kv: KvStore,
  more: Partial<SpoolOptions<Numbered>> = {},
): Spool<Numbered> {
  return createSpool<Numbered>({
    kv,
    prefix: ["test"],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
    ...more,
  });
}

export function numbers(
  from: number,
  count: number,
  lanes = 3,
): Uint8Array<ArrayBuffer> {
  const items = Array.from({ length: count }, (_, i) => ({
    n: from + i,
    lane: `lane${(from + i) % lanes}`,
  }));
  return new TextEncoder().encode(JSON.stringify(items));
}

export function numberJob(
  handle: (value: Numbered) => unknown,
  more: Partial<Job<Numbered, Numbered>> = {},
): Job<Numbered, Numbered> {
  return {
    prepare: (value) => value,
    isPoison: () => false,
    handle: (value) => handle(value),
    lane: (value) => value.lane,
    subject: (value) => value.lane,
    ...more,
  };
}
