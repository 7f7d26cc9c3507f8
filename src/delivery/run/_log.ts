import type { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import type { EventPlace } from "./_queue.ts";
import type { LoggedRow, QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";

/** How a delivery ended. */
export interface Ending {
  readonly status: LoggedRow["status"];
  readonly message: string;
}

/** How those end that are not attempted. */
export const ENDINGS: Readonly<
  Record<"denied" | "missing" | "dropped", Ending>
> = {
  denied: { status: "denied", message: "Not permitted" },
  missing: { status: "missing", message: "No such principal or permission" },
  dropped: { status: "dropped", message: "Too many deliveries are held" },
};

/** Writes a delivery that has ended at the end of the log of its subscription, whose oldest one goes. */
export function addLog(
  run: RunContext,
  ended: Ending & {
    draft: Draft;
    endpoint: Endpoint;
    place: EventPlace;
    row: QueuedRow;
  },
): void {
  const { draft, endpoint, place, row, status, message } = ended;
  const { logged } = endpoint.state;
  const size = endpoint.subscription?.limits.attemptLimit ?? 1;
  const { name, trigger, attempts, last } = row;
  const value: LoggedRow = {
    name,
    trigger,
    attempts,
    last,
    ...place,
    endedAt: run.sender.now(),
    status,
    message,
  };
  const log = [...run.sender.keys.log, endpoint.id];
  draft.set([...log, logged], value);
  if (logged >= size) draft.delete([...log, logged - size]);
  endpoint.change(draft, { logged: logged + 1 });
  run.tally[status]++;
}
