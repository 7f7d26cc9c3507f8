import {
  isObject,
  type JsonObject,
  member,
  parseJson,
  text,
} from "../_internal/json.ts";
import { DecryptError } from "../errors.ts";
import {
  type Attestation,
  isAttested,
  readAttestation,
} from "./_attestation.ts";
import { attempt, type Outcome, withOutcomes } from "./_outcome.ts";
import { asBoolean, asDate, asDay, isBlank } from "./_wire.ts";
import { type BinaryContext, BinaryHandle } from "./binary.ts";

/**
 * What a value is after decryption, by the type of its field:
 *
 * - `address`, `bank` and `creditcard`: an object
 * - `date` and `date_of_birth`: a `Date` at midnight UTC, or the text where that is no day of the calendar
 * - `photo`, `document`, `legal_document`, `passport`, `photo_id`, `drivers_license`, and whatever comes with an
 *   address: a {@linkcode BinaryHandle}
 * - every other type, also one that is not known: the text
 * - no value: `null`
 */
export type TypedValue =
  | string
  | Date
  | BinaryHandle
  | Readonly<JsonObject>
  | null;

/** What reading values needs from the client. */
export interface ValueContext extends BinaryContext {
  /** The type of the field with this slug, from the catalog; `undefined` reads the value as text. */
  typeOf(slug: string): string | undefined;
  /** Milliseconds since 1970; decides whether an attestation has expired. */
  now(): number;
}

/** The answer of a person to one field of the catalog. */
export interface Value {
  /** The decrypted value, `null` when there is none. Reading it throws {@linkcode Value.error} when there is one. */
  readonly value: TypedValue;
  /** Why the value could not be decrypted; `null` when it could. */
  readonly error: DecryptError | null;
  /** Whether the value follows what the person changes later; `null` when the platform does not say. */
  readonly live: boolean | null;
  /** When the person last changed it. */
  readonly updatedAt: Date | null;
  /**
   * Whether the platform attests this very plaintext and the attestation has not expired. `false` without one: that
   * means "not attested", not "wrong". Always `false` for a file.
   */
  readonly verified: boolean;
  /** When the value was checked. */
  readonly verifiedAt: Date | null;
  /** When the attestation ends. */
  readonly verifiedExpiresAt: Date | null;
  /** The entry as it came: ciphertext. An empty object where something else stood in its place. */
  readonly raw: JsonObject;
}

/** A decrypted entry; `verified` is `false` where decryption failed. */
export interface DecodedEntry {
  readonly outcome: Outcome<TypedValue>;
  readonly attestation: Attestation;
  readonly verified: boolean;
}

type Read = (plaintext: string, context: BinaryContext) => TypedValue;

const READS: ReadonlyMap<string, Read> = new Map([
  ["address", readObject],
  ["bank", readObject],
  ["creditcard", readObject],
  ["date", readDay],
  ["date_of_birth", readDay],
  ["photo", readFile],
  ["document", readFile],
  ["legal_document", readFile],
  ["passport", readFile],
  ["photo_id", readFile],
  ["drivers_license", readFile],
]);

/**
 * Reads one entry of `values`. A value that cannot be decrypted is an error of that value alone.
 *
 * @param wire The entry; anything but an object is an entry without a value.
 * @param slug The field that it answers.
 * @param context What the client provides.
 * @returns Resolves with the value.
 */
export async function readValue(
  wire: unknown,
  slug: string,
  context: ValueContext,
): Promise<Value> {
  const raw = isObject(wire) ? wire : {};
  const live = asBoolean(member(raw, "live"));
  const updatedAt = asDate(text(raw, "updatedAt", "updated_at"));
  const { outcome, attestation, verified } = await decodeEntry(
    raw,
    slug,
    context,
  );
  const { verifiedAt, verifiedExpiresAt } = attestation;
  const { error } = outcome;
  return withOutcomes({
    error,
    live,
    updatedAt,
    verified,
    verifiedAt,
    verifiedExpiresAt,
    raw,
  }, { value: outcome });
}

/** Decrypts and types what an entry, or the row of a change, holds in `value` or `value_url`. */
export async function decodeEntry(
  entry: JsonObject,
  slug: string,
  context: ValueContext,
): Promise<DecodedEntry> {
  const valueUrl = text(entry, "value_url");
  const wrapper = member(entry, "value");
  const attestation = readAttestation(entry);
  if (valueUrl !== null || isBlank(wrapper)) {
    const value = valueUrl && new BinaryHandle({ valueUrl }, context);
    return { outcome: { value, error: null }, attestation, verified: false };
  }
  const read = READS.get(context.typeOf(slug)?.trim().toLowerCase() ?? "");
  const outcome = await attempt(async () => {
    const plaintext = await context.decrypt(wrapper);
    const value = read ? read(plaintext, context) : plaintext;
    const verified = read !== readFile &&
      await isAttested(attestation, { plaintext, now: context.now() });
    return { value, verified };
  });
  if (outcome.error) return { outcome, attestation, verified: false };
  const { value, verified } = outcome.value;
  return { outcome: { value, error: null }, attestation, verified };
}

function readObject(plaintext: string): TypedValue {
  const object = parseJson(plaintext);
  if (isObject(object)) return object;
  throw new DecryptError(
    "Cannot read the value: its decrypted text is not a JSON object",
  );
}

function readDay(plaintext: string): TypedValue {
  return asDay(plaintext.slice(0, 10)) ?? plaintext;
}

function readFile(envelope: string, context: BinaryContext): TypedValue {
  return new BinaryHandle({ envelope }, context);
}
