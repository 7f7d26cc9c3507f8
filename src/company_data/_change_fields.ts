import { isObject, type JsonObject, member, text } from "../_internal/json.ts";

// `action` is also what a contract event says about the contract.
const CONTRACT_ACTIONS = new Set(["signed", "accepted", "cancelled"]);

/** The members besides the common ones that each event has; those of other events are not looked at. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["field_updated", [
    "slug",
    "live",
    "value",
    "value_url",
    "verified_hash",
    "verified_salt",
    "verified_at",
    "verified_expires_at",
  ]],
  ["field_deleted", ["slug"]],
  ["consent_accepted", ["slug"]],
  ["consent_declined", ["slug"]],
  ["document_status_changed", [
    "document_id",
    "status",
    "action",
    "note",
    "method",
    "content_sha256",
    "signed_at",
    "cancel_effective_date",
  ]],
  ["connection_request_accepted", ["request_id"]],
  ["connection_request_rejected", ["request_id"]],
  ["key_rotated", ["public_key_sha256"]],
  ["2fa_challenge_completed", ["status"]],
  ["message_received", [
    "connection_id",
    "message_id",
    "person_public_key",
    "body",
  ]],
]);

/** The name of the event: `event`, else the header beside it, else an `action` that is not one of a contract. */
export function eventOf(
  wire: JsonObject,
  header: string | null | undefined,
): string | null {
  const named = text(wire, "event") ?? (header?.trim() || null);
  if (named !== null) return named;
  const action = text(wire, "action");
  return action === null || CONTRACT_ACTIONS.has(action) ? null : action;
}

/** Only those members of the row that its event has. */
export function fieldsOf(wire: JsonObject, event: string | null): JsonObject {
  const own: JsonObject = {};
  for (const name of FIELDS.get(event ?? "") ?? []) {
    if (Object.hasOwn(wire, name)) own[name] = wire[name];
  }
  return own;
}

/** The member as an object, or an empty one. */
export function inner(wire: JsonObject, name: string): JsonObject {
  const value = member(wire, name);
  return isObject(value) ? value : {};
}
