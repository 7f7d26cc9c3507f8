import { assert, assertEquals } from "@std/assert";
import type { KvEntry, KvKey } from "../../src/kv/kv.ts";

type Row<T> = Pick<KvEntry<T>, "key" | "value">;

interface Tables {
  readonly sub: readonly Row<unknown>[];
  readonly ep: readonly Row<{ readyAt: number | null; queued: number }>[];
  readonly in: readonly Row<{ type: string; subscription: string }>[];
  readonly q: readonly Row<{ lane: string | null }>[];
  readonly lane: readonly Row<unknown>[];
  readonly head: readonly Row<unknown>[];
  readonly ready: readonly Row<unknown>[];
  readonly log: readonly Row<unknown>[];
}

// Under the prefix of the sender: the table, the subscription, and for lanes and heads the entity.
const ID = 3;
const LANE = 4;

/** Checks what holds between any two commits: no row without its counterpart, no count that is off, nobody forgotten. */
export async function checkRows(
  rows: <T>(table: string) => Promise<Row<T>[]>,
): Promise<void> {
  const tables: Tables = {
    sub: await rows("sub"),
    ep: await rows("ep"),
    in: await rows("in"),
    q: await rows("q"),
    lane: await rows("lane"),
    head: await rows("head"),
    ready: await rows("ready"),
    log: await rows("log"),
  };
  checkStrays(tables);
  checkIndex(tables);
  for (const { key } of tables.sub) {
    const own = ownOf(tables, String(key[ID]));
    checkEndpoint(own);
    checkLanes(own);
  }
}

/** What is there of a subscription that was removed is there only until its command is obeyed. */
function checkStrays(tables: Tables): void {
  const ids = tables.sub.map(({ key }) => key[ID]);
  const { ep, q, lane, head, log } = tables;
  for (const { key } of [...ep, ...q, ...lane, ...head, ...log]) {
    const isLeaving = isAsked(tables, "remove", key[ID]);
    assert(ids.includes(key[ID]) || isLeaving, `stray row ${key.join()}`);
  }
}

/** The index of ready endpoints says what their states say. */
function checkIndex({ ep, ready }: Tables): void {
  const told = ep.flatMap(({ key, value: { readyAt } }) =>
    readyAt === null ? [] : [`${readyAt} ${key[ID]}`]
  );
  const there = ready.map(({ key }) => `${key.at(-2)} ${key.at(-1)}`);
  assertEquals(there.toSorted(), told.toSorted(), "index of ready endpoints");
}

interface Own extends Pick<Tables, "q" | "lane" | "head"> {
  readonly id: string;
  readonly state: Tables["ep"][number]["value"];
  readonly isAwaited: boolean;
}

function ownOf(tables: Tables, id: string): Own {
  const of = <T extends { key: KvKey }>(rows: readonly T[]): T[] =>
    rows.filter(({ key }) => key[ID] === id);
  const [state] = of(tables.ep);
  return {
    id,
    state: state?.value ?? { readyAt: null, queued: 0 },
    isAwaited: isAsked(tables, "wake", id),
    q: of(tables.q),
    lane: of(tables.lane),
    head: of(tables.head),
  };
}

/** Also who is not active is looked at once more: when what waits for it is no longer kept. */
function checkEndpoint({ id, state, isAwaited, q, lane }: Own): void {
  assertEquals(state.queued, q.length + lane.length, `count of ${id}`);
  const isExpected = state.readyAt !== null || isAwaited;
  assert(q.length === 0 || isExpected, `${id} is forgotten`);
}

/** Who waits in a lane waits for somebody in the queue. */
function checkLanes({ id, q, lane, head }: Own): void {
  const leading = q.map(({ value }) => value.lane);
  const heads = head.map(({ key }) => key[LANE]);
  for (const { key } of lane) {
    assert(heads.includes(key[LANE]), `a lane of ${id} has no head`);
  }
  for (const each of heads) {
    assert(leading.some((one) => one === each), `a head of ${id} leads nobody`);
  }
}

function isAsked(tables: Tables, type: string, id: unknown): boolean {
  return tables.in.some(({ value }) =>
    value.type === type && value.subscription === id
  );
}
