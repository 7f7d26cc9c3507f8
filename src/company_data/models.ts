import { isObject, type JsonObject, member, text } from "../_internal/json.ts";
import type { DecryptError } from "../errors.ts";
import { readAttestation } from "./_attestation.ts";
import { eventOf, fieldsOf, inner } from "./_change_fields.ts";
import { attempt, withOutcomes } from "./_outcome.ts";
import {
  asArray,
  asBoolean,
  asCount,
  asDate,
  asMap,
  id,
  isBlank,
} from "./_wire.ts";
import {
  decodeEntry,
  readValue,
  type TypedValue,
  type Value,
  type ValueContext,
} from "./values.ts";

/** One thing that the company asks of a person. */
export interface RequestField {
  /** The name that the company chose; the key in {@linkcode Connection.values}. */
  readonly slug: string | null;
  /** What the person is shown. */
  readonly label: string | null;
  /** The type of the answer, such as `email`; see {@linkcode TypedValue}. */
  readonly type: string | null;
  /** Whether the answer is given once and does not follow later changes. */
  readonly oneTime: boolean;
  /** Whether the person must answer, be it when providing or to stay connected. */
  readonly mandatory: boolean;
  /** Whom it is asked of: `person`, `company` or `both`. */
  readonly audience: string | null;
  /** Whether the answer must be attested. */
  readonly verified: boolean;
  /** The oldest attestation that is good enough, in days. */
  readonly verifiedMaxAgeDays: number | null;
  /** The row as it came. */
  readonly raw: JsonObject;
}

/** A person, or a company, that is linked to the service. */
export interface Connection {
  /** The id of the connection. */
  readonly id: string | null;
  /** The id of the person. */
  readonly personId: string | null;
  /** The name that the person shows; `null` in a connection that was asked for by its id. */
  readonly displayName: string | null;
  /** Since when; `null` in a connection that was asked for by its id. */
  readonly connectedAt: Date | null;
  /** The answers by slug. It has no prototype, so every slug is safe to look up. */
  readonly values: Readonly<Record<string, Value>>;
  /** What kind of customer it is. */
  readonly customerType: string | null;
  /** The public short id that the platform generated for the person. */
  readonly shareCode: string | null;
  /** The row as it came: ciphertext. */
  readonly raw: JsonObject;
}

/**
 * A change without what has to be decrypted.
 *
 * Members that the event of this change does not have are `null`, whatever the row carries.
 */
export interface ChangeHead {
  /** The id of the row. In a live webhook delivery it is new with each attempt and says nothing. */
  readonly id: string | null;
  /** What happened, such as `field_updated`; a name that this version does not know is kept as it is. */
  readonly event: string | null;
  /** The id of the person. */
  readonly personId: string | null;
  /** The public short id that the platform generated for the person. */
  readonly shareCode: string | null;
  /** What kind of customer it is. */
  readonly customerType: string | null;
  /** When it happened. */
  readonly at: Date | null;
  /** The field that it is about. */
  readonly slug: string | null;
  /** Whether the value follows later changes of the person; `null` when the platform does not say. */
  readonly live: boolean | null;
  /** The document whose status changed. */
  readonly documentId: string | null;
  /** The new status of a document, or the outcome of a two-factor challenge. */
  readonly status: string | null;
  /** What was done to a contract: `signed`, `accepted` or `cancelled`. */
  readonly action: string | null;
  /** What the person wrote with it. */
  readonly note: string | null;
  /** How a contract was signed: `biometric`, `twofa`, `email` or `custodian`. */
  readonly method: string | null;
  /** The digest of the signed document. */
  readonly contentSha256: string | null;
  /** When it was signed. */
  readonly signedAt: Date | null;
  /** When a cancellation takes effect. */
  readonly cancelEffectiveDate: Date | null;
  /** The connect request that was answered. */
  readonly requestId: string | null;
  /** The fingerprint of the new key after a rotation. */
  readonly publicKeySha256: string | null;
  /** The connection that a message came through. */
  readonly connectionId: string | null;
  /** The message. */
  readonly messageId: string | null;
  /** The key to encrypt a reply with: SPKI in base64. */
  readonly personPublicKey: string | null;
  /** When the value was checked. */
  readonly verifiedAt: Date | null;
  /** When the attestation of the value ends. */
  readonly verifiedExpiresAt: Date | null;
  /** The row as it came: ciphertext. */
  readonly raw: JsonObject;
}

/** Something that happened to a connection. */
export interface Change extends ChangeHead {
  /** The new value of `field_updated`, else `null`. Reading it throws {@linkcode Change.error} when there is one. */
  readonly value: TypedValue;
  /** The text of `message_received`, else `null`. Reading it throws {@linkcode Change.error} when there is one. */
  readonly messageBody: string | null;
  /** Why the value or the message could not be decrypted; `null` when it could. */
  readonly error: DecryptError | null;
  /** Whether the platform attests the new value; see {@linkcode Value.verified}. */
  readonly verified: boolean;
}

/** What the platform did with e-mails, purges and webhooks. */
export interface LogEntry {
  /** What kind of entry it is. */
  readonly type: string | null;
  /** What happened. */
  readonly message: string | null;
  /** Whatever comes with it; `null` when nothing does. */
  readonly metadata: unknown;
  /** When it happened. */
  readonly at: Date | null;
  /** The row as it came. */
  readonly raw: JsonObject;
}

/** What may come beside the row of a change. */
export interface ReadChangeOptions {
  /**
   * The `X-Allus-Event` header of a webhook; names the event when the row does not. Only one that was proved with the
   * body: an HMAC does not cover it.
   */
  eventHeader?: string | null;
}

const NOTHING = { value: null, error: null };
const NO_VALUE = { outcome: NOTHING, verified: false };
// Bounds what a connection with very many answers keeps in memory and in the crypto threads at a time.
const VALUES_AT_ONCE = 16;

/**
 * Reads the catalog, `{request_fields: [...]}` or a bare array. Rows that are no objects are left out.
 *
 * @param wire The answer.
 * @returns The fields, or `undefined` when the answer has neither form.
 */
export function readRequestFields(wire: unknown): RequestField[] | undefined {
  const rows = asArray(isObject(wire) ? member(wire, "request_fields") : wire);
  return rows?.filter(isObject).map(readRequestField);
}

/**
 * Reads a row of `/connections`, or the answer of `/connections/{id}`, and decrypts its values. A value that cannot
 * be decrypted is an error of that value alone; any other failure of the context rejects.
 *
 * @param wire The row.
 * @param context What the client provides.
 * @returns Resolves with the connection.
 */
export async function readConnection(
  wire: JsonObject,
  context: ValueContext,
): Promise<Connection> {
  const head = {
    id: id(wire, "connection_id", "id") ??
      id(inner(wire, "identity"), "connection_id"),
    personId: id(wire, "user_id", "person_id", "person_user_id"),
    displayName: text(wire, "display_name"),
    connectedAt: asDate(member(wire, "connected_at")),
    customerType: text(wire, "customer_type"),
    shareCode: text(wire, "share_code"),
  };
  const entries = Object.entries(asMap(member(wire, "values")) ?? {});
  return { ...head, values: await readValues(entries, context), raw: wire };
}

/**
 * Reads a change and decrypts what it carries. A value or message that cannot be decrypted is the change's
 * {@linkcode Change.error}; any other failure of the context rejects.
 *
 * @param wire The row of the feed, or the body of a webhook.
 * @param context What the client provides.
 * @param options What came beside it.
 * @returns Resolves with the change.
 */
export async function readChange(
  wire: JsonObject,
  context: ValueContext,
  options: ReadChangeOptions = {},
): Promise<Change> {
  const event = eventOf(wire, options.eventHeader);
  const own = fieldsOf(wire, event);
  const head = readHead(wire, { event, own });
  const { outcome, verified } = head.slug !== null && mayHaveValue(own)
    ? await decodeEntry(own, head.slug, context)
    : NO_VALUE;
  const wrapper = member(own, "body");
  const body = isBlank(wrapper)
    ? NOTHING
    : await attempt(() => context.decrypt(wrapper));
  const error = outcome.error ?? body.error;
  return withOutcomes({ ...head, error, verified }, {
    value: outcome,
    messageBody: body,
  });
}

/**
 * Reads what a change says without decrypting anything: enough to order, group and count changes.
 *
 * @param wire The row of the feed, or the body of a webhook.
 * @param options What came beside it.
 * @returns The change without its value.
 */
export function readChangeHead(
  wire: JsonObject,
  options: ReadChangeOptions = {},
): ChangeHead {
  const event = eventOf(wire, options.eventHeader);
  return readHead(wire, { event, own: fieldsOf(wire, event) });
}

function readHead(
  wire: JsonObject,
  { event, own }: { event: string | null; own: JsonObject },
): ChangeHead {
  const { verifiedAt, verifiedExpiresAt } = readAttestation(own);
  return {
    id: id(wire, "id"),
    event,
    personId: id(wire, "person_user_id", "person_id"),
    shareCode: text(wire, "share_code"),
    customerType: text(wire, "customer_type"),
    at: asDate(member(wire, "at")),
    slug: text(own, "slug"),
    live: asBoolean(member(own, "live")),
    documentId: id(own, "document_id"),
    status: text(own, "status"),
    action: text(own, "action"),
    note: text(own, "note"),
    method: text(own, "method"),
    contentSha256: text(own, "content_sha256"),
    signedAt: asDate(member(own, "signed_at")),
    cancelEffectiveDate: asDate(member(own, "cancel_effective_date")),
    requestId: id(own, "request_id"),
    publicKeySha256: text(own, "public_key_sha256"),
    connectionId: id(own, "connection_id"),
    messageId: id(own, "message_id"),
    personPublicKey: text(own, "person_public_key"),
    verifiedAt,
    verifiedExpiresAt,
    raw: wire,
  };
}

/**
 * Reads a row of `/logs`.
 *
 * @param wire The row.
 * @returns The entry.
 */
export function readLogEntry(wire: JsonObject): LogEntry {
  const metadata = member(wire, "metadata");
  return {
    type: text(wire, "type"),
    message: text(wire, "message"),
    metadata: isBlank(metadata) ? null : metadata,
    at: asDate(text(wire, "at", "created_at")),
    raw: wire,
  };
}

function readRequestField(wire: JsonObject): RequestField {
  const is = (name: string) => asBoolean(member(wire, name)) ?? false;
  return {
    slug: text(wire, "slug"),
    label: text(wire, "label"),
    type: text(wire, "type"),
    oneTime: is("one_time"),
    mandatory: is("mandatory_provide") || is("mandatory_connected"),
    audience: text(wire, "audience"),
    verified: is("verified"),
    verifiedMaxAgeDays: asCount(member(wire, "verified_max_age_days")),
    raw: wire,
  };
}

async function readValues(
  entries: [string, unknown][],
  context: ValueContext,
): Promise<Record<string, Value>> {
  const values: Record<string, Value> = Object.create(null);
  for (let i = 0; i < entries.length; i += VALUES_AT_ONCE) {
    const batch = entries.slice(i, i + VALUES_AT_ONCE);
    const read = await Promise.all(
      batch.map(async ([slug, entry]): Promise<[string, Value]> => [
        slug,
        await readValue(entry, slug, context),
      ]),
    );
    for (const [slug, value] of read) values[slug] = value;
  }
  return values;
}

function mayHaveValue(own: JsonObject): boolean {
  return Object.hasOwn(own, "value") || Object.hasOwn(own, "value_url");
}
