import type { SenderParts } from "../_sender_parts.ts";
import type { EmittedEvent } from "../event.ts";
import type {
  Guarded,
  PermissionQuestion,
  Permissions,
} from "../permission.ts";

/**
 * What came of asking: everybody may, somebody may not, somebody or the permission does not exist, or nobody could
 * tell and the question is asked again before the request.
 */
export type Verdict = "granted" | "denied" | "missing" | "open";

/** What the permission is about, and when it is asked. */
export interface PermitContext {
  /** What happened. */
  readonly event: EmittedEvent;
  /** At `"send"` an answer is needed: a callback that throws is passed on. */
  readonly phase: PermissionQuestion["phase"];
}

type Answer = "granted" | "denied" | "missing" | { readonly error: unknown };

/**
 * Asks whether a subscription may have an event. Both the acting user and the owner must be allowed, each of them is
 * asked once, and a question about nobody is asked where there is neither. Without a permission nobody is asked.
 *
 * Somebody missing outweighs a denial, and a refusal of either kind outweighs a callback that throws. A permission
 * that nobody can be asked for is never granted.
 *
 * @throws What the callback threw, or a `TypeError` for an answer that is none, in the phase `"send"` only.
 */
export async function permit(
  { permissions }: Pick<SenderParts, "permissions">,
  guarded: Guarded,
  context: PermitContext,
): Promise<Verdict> {
  const { permission, id: subscription } = guarded;
  if (permission === null) return "granted";
  const answers = await Promise.all(
    principalsOf(guarded, context.event).map((principal) =>
      ask(permissions, { principal, permission, subscription, ...context })
    ),
  );
  if (answers.includes("missing")) return "missing";
  if (answers.includes("denied")) return "denied";
  const failed = answers.find((answer) => typeof answer === "object");
  if (failed === undefined) return "granted";
  if (context.phase === "send") throw failed.error;
  return "open";
}

function principalsOf(
  { owner }: Guarded,
  { actor }: EmittedEvent,
): (string | null)[] {
  const known = [actor, owner].filter((each) => each !== null);
  return known.length === 0 ? [null] : [...new Set(known)];
}

async function ask(
  permissions: Permissions | undefined,
  question: PermissionQuestion,
): Promise<Answer> {
  try {
    const answer: unknown = await asked(permissions)(question);
    if (answer === "missing") return "missing";
    if (answer === true) return "granted";
    if (answer === false) return "denied";
    throw new TypeError(
      'Cannot use the answer of permissions: wanted true, false or "missing"',
    );
  } catch (error) {
    return { error };
  }
}

function asked(permissions: Permissions | undefined): Permissions {
  if (permissions) return permissions;
  throw new TypeError(
    "Cannot ask for a permission: wanted the option permissions, since a subscription has one",
  );
}
