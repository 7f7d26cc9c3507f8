import type { KvEntry, KvKey, KvRange } from "../../kv/kv.ts";
import { adopt } from "./_adopt.ts";
import { Draft } from "./_draft.ts";
import { replay } from "./_replay.ts";
import type { IncomingCommand } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";

type Command<T extends IncomingCommand["type"]> = Extract<
  IncomingCommand,
  { type: T }
>;

// Rows that one commit deletes, in a store that takes so many.
const MOST_AT_ONCE = 50;
// After so many commits, what is due gets its turn.
const MOST_STEPS = 20;

/** Does what somebody asked the deliverer to do; the row goes with the last commit, so that what was cut is done again. */
export async function obey(
  run: RunContext,
  { key, value }: KvEntry<IncomingCommand>,
): Promise<void> {
  switch (value.type) {
    case "wake":
      return await wake(run, { key, command: value });
    case "remove":
      return await clear(run, { key, command: value });
    case "trim":
      return await trim(run, { key, command: value });
    case "replay":
      return await replay(run, { key, command: value });
    case "adopt":
      return await adopt(run, { key, command: value });
  }
}

/** A subscription was activated: its endpoint begins anew, with what was held. */
async function wake(
  run: RunContext,
  { key, command }: { key: KvKey; command: Command<"wake"> },
): Promise<void> {
  const endpoint = await run.endpoints.get(command.subscription, {
    maxAgeMs: -1,
  });
  const draft = new Draft().delete(key);
  if (endpoint.subscription) {
    endpoint.change(draft, {
      streak: 0,
      openings: 0,
      notBefore: 0,
      pacedUntil: 0,
      missing: 0,
    });
    if (endpoint.isActive) endpoint.expect(draft, run.sender.now());
  }
  await run.ledger.write(draft);
}

/** A subscription was removed: nothing of it stays. */
async function clear(
  run: RunContext,
  { key, command }: { key: KvKey; command: Command<"remove"> },
): Promise<void> {
  const id = command.subscription;
  // A turn that is under way begins nothing more once it sees that nobody is there; nobody waits for what it began.
  (await run.endpoints.get(id, { maxAgeMs: -1 })).cut();
  await run.quiet(id);
  const { keys } = run.sender;
  for (const table of [keys.queue, keys.lanes, keys.heads, keys.log]) {
    // What is left goes when the command is read again.
    if (!await clearRange(run, { prefix: [...table, id] })) return;
  }
  const draft = new Draft().delete(key);
  const endpoint = await run.endpoints.get(id);
  endpoint.forget(draft);
  run.endpoints.forget(id);
  await run.ledger.write(draft);
}

/** The log of a subscription became shorter: the oldest of it go. */
async function trim(
  run: RunContext,
  { key, command }: { key: KvKey; command: Command<"trim"> },
): Promise<void> {
  const { id, state, subscription } = await run.endpoints.get(
    command.subscription,
    { maxAgeMs: -1 },
  );
  const prefix = [...run.sender.keys.log, id];
  const size = subscription?.limits.attemptLimit ?? 0;
  const end = [...prefix, state.logged - size];
  if (await clearRange(run, { prefix, end })) {
    await run.ledger.write(new Draft().delete(key));
  }
}

/** Whether nothing is left of it. */
async function clearRange(run: RunContext, range: KvRange): Promise<boolean> {
  const { kv } = run.sender;
  const limit = Math.min(MOST_AT_ONCE, kv.limits.maxMutations);
  for (let steps = 0; steps < MOST_STEPS && !run.isOver(); steps++) {
    const draft = new Draft();
    for await (const { key } of kv.list(range, { limit })) {
      draft.delete(key);
    }
    if (draft.size === 0) return true;
    await run.ledger.write(draft);
  }
  return false;
}
