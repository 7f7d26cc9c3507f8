import { systemClock } from "../_internal/clock.ts";
import { errorNote, nameOf } from "../observe/error_note.ts";
import type {
  AccountRead,
  ActionExecuted,
  CallMember,
  ErrorNote,
  ExecutionOutcome,
  IntegrationEvent,
  PollRan,
} from "../observe/events.ts";
import type { SafeObserver } from "../observe/observer.ts";
import type { PollRecord } from "./handlers.ts";
import type { IntegrationResult } from "./results.ts";

/** Who is told, and of which integration. */
export interface Watch {
  readonly tell: SafeObserver<IntegrationEvent> | undefined;
  /** Its name. */
  readonly integration: string;
}

/** Runs an action and tells how it ended. */
export function watchAction(
  watch: Watch,
  action: string | null,
  { work }: { work: () => Promise<IntegrationResult> },
): Promise<IntegrationResult> {
  return watched(watch, work, {
    told: (call, result) => ({
      type: "action.executed",
      action,
      ...ended(call, result),
    }),
  });
}

/** Looks an account up and tells how that ended. */
export function watchAccount(
  watch: Watch,
  { work }: { work: () => Promise<IntegrationResult> },
): Promise<IntegrationResult> {
  return watched(watch, work, {
    told: (call, result) => ({ type: "account.read", ...ended(call, result) }),
  });
}

/** Polls a trigger and tells how that ended. */
export function watchPoll(
  watch: Watch,
  trigger: string | null,
  { work }: { work: () => Promise<readonly PollRecord[]> },
): Promise<readonly PollRecord[]> {
  return watched(watch, work, {
    told: (call, result) => ({
      type: "poll.ran",
      trigger,
      ...call,
      outcome: result ? "polled" : "thrown",
      records: result?.length ?? 0,
    }),
  });
}

type Told = ActionExecuted | AccountRead | PollRan;

async function watched<R>(
  { tell, integration }: Watch,
  work: () => Promise<R>,
  { told }: { told: (call: CallMember, result: R | undefined) => Told },
): Promise<R> {
  if (!tell) return await work();
  const began = systemClock.now();
  const say = (error: ErrorNote | null, result?: R): void => {
    const at = systemClock.now();
    const call = { at, durationMs: Math.max(0, at - began), error };
    tell({ source: "integration", integration, ...told(call, result) });
  };
  try {
    const result = await work();
    say(null, result);
    return result;
  } catch (error) {
    say(errorNote(error));
    throw error;
  }
}

function ended(
  call: CallMember,
  result: IntegrationResult | undefined,
): CallMember & { readonly outcome: ExecutionOutcome } {
  if (result?.type !== "error") {
    return { ...call, outcome: result?.type ?? "thrown" };
  }
  const error = { name: nameOf(result.result.error_type) };
  return { ...call, outcome: "error", error };
}
