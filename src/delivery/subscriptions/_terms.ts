import { isObject, member } from "../../_internal/json.ts";
import { parsePattern } from "../matching/glob.ts";
import { readHeaders } from "./headers.ts";
import { DEFAULT_LIMITS, readLimits } from "./_limits.ts";
import { FieldReader, type Problem, wanted } from "./_problems.ts";
import { parseScope } from "../matching/scope.ts";
import { PREFIX, readAfter } from "../signing/signing_key.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { readTargetUrl } from "../target/target_url.ts";
import { checkFilter } from "../matching/filter.ts";
import type { NewSubscription, Subscription } from "../subscription.ts";
import { readTargetPolicy } from "../target/target_policy.ts";

/** What a subscription is about; two with the same content do the same. */
export type Content = Pick<
  Subscription,
  | "scope"
  | "for"
  | "when"
  | "to"
  | "owner"
  | "permission"
  | "dialect"
  | "filter"
  | "ordered"
  | "limits"
>;

/** How requests are signed. */
export type Signing = NonNullable<NewSubscription["signing"]>;

/** A new subscription with all defaults, found valid and read once. */
export interface Terms {
  readonly content: Content;
  readonly signing: Signing;
  readonly headers: Readonly<Record<string, string>>;
}

const FIELDS = [
  "to",
  "for",
  "when",
  "scope",
  "owner",
  "permission",
  "dialect",
  "filter",
  "ordered",
  "signing",
  "headers",
  "limits",
] satisfies readonly (keyof NewSubscription)[];
const NO_PERMISSIONS =
  "wanted null, since the sender has no option permissions to ask";
const SHORTEST_SECRET = 16;
const LONGEST_SECRET = 512;
const PAIR_BYTES = 64;

/**
 * Reads a new subscription, as far as that goes without I/O. What is wrong is added to `problems`; then the result
 * must not be used.
 */
export function readTerms(
  sender: Pick<SenderParts, "dialects" | "permissions" | "targetPolicy">,
  given: unknown,
  context: { prefix?: string; problems: Problem[]; known?: readonly string[] },
): Terms {
  const { prefix = "", problems, known = [] } = context;
  const fields = new FieldReader(given, { prefix, problems });
  fields.refuseOthers([...known, ...FIELDS]);
  const owner = fields.read("owner", null, { as: readOwner });
  const dialect = readDialect(sender, fields);
  const content: Content = {
    scope: fields.read("scope", "/", { as: readScope }),
    for: fields.read("for", "*", { as: (value) => readPattern(value, "for") }),
    when: fields.read("when", "*", {
      as: (value) => readPattern(value, "when"),
    }),
    to: fields.read("to", "", {
      as: (value) => readTarget(sender, value),
      required: true,
    }),
    owner,
    permission: readPermission(sender, fields, { owner }),
    dialect,
    filter: fields.read("filter", null, { as: readFilter }),
    ordered: fields.read("ordered", false, { as: readFlag }),
    limits: fields.read("limits", DEFAULT_LIMITS, {
      as: (value) =>
        readLimits(value, { prefix: `${prefix}limits.`, problems }),
    }),
  };
  return {
    content,
    signing: readSigning(sender, fields, { dialect }),
    headers: fields.read("headers", {}, { as: readHeaders }),
  };
}

/** A URL that webhooks may be sent to by its text. */
export function readTarget(
  { targetPolicy }: Pick<SenderParts, "targetPolicy">,
  value: unknown,
): string {
  return readTargetUrl(value, readTargetPolicy(targetPolicy)).href;
}

/** A filter, or `null` for none. */
export function readFilter(value: unknown): Content["filter"] {
  return value === null ? null : checkFilter(value, "filter");
}

/** A secret that the caller made: of 16 bytes and more, or a pair. */
export function isOwnSecret(secret: unknown): secret is string {
  const { length = 0 } = readAfter(secret, PREFIX.v1) ?? [];
  if (length >= SHORTEST_SECRET && length <= LONGEST_SECRET) return true;
  return readAfter(secret, PREFIX.private)?.length === PAIR_BYTES;
}

/** What is wanted of a secret that the caller made. */
export const OWN_SECRET: string =
  `"${PREFIX.v1}" and the base64 of ${SHORTEST_SECRET} to ${LONGEST_SECRET} bytes, or "${PREFIX.private}" and that of ${PAIR_BYTES}`;

function readDialect(
  { dialects }: Pick<SenderParts, "dialects">,
  fields: FieldReader,
): string {
  return fields.read("dialect", "sluice", {
    required: !dialects.has("sluice"),
    as: (value) => {
      if (typeof value === "string" && dialects.has(value)) return value;
      throw wanted(`one of ${[...dialects.keys()].join(", ")}`);
    },
  });
}

function readPermission(
  { permissions }: Pick<SenderParts, "permissions">,
  fields: FieldReader,
  { owner }: { owner: string | null },
): string | null {
  const byDefault = owner === null ? null : "view";
  const permission = fields.read("permission", byDefault, {
    as: readPermissionName,
  });
  if (permission !== null && !permissions) {
    fields.refuse("permission", NO_PERMISSIONS);
  }
  return permission;
}

function readSigning(
  { dialects }: Pick<SenderParts, "dialects">,
  fields: FieldReader,
  { dialect }: { dialect: string },
): Signing {
  const isSigned = dialects.get(dialect)?.signed ?? true;
  const signing = fields.read<Signing>("signing", isSigned ? "v1" : "none", {
    as: readSigningChoice,
  });
  if (!isSigned && signing !== "none") {
    fields.refuse("signing", `wanted "none" for a dialect that does not sign`);
  }
  return signing;
}

function readSigningChoice(value: unknown): Signing {
  if (value === "v1" || value === "v1a" || value === "none") return value;
  if (!isObject(value)) {
    throw wanted('"v1", "v1a", "none" or an object with a secret');
  }
  const secret = member(value, "secret");
  if (isOwnSecret(secret)) return { secret };
  throw wanted(`as secret ${OWN_SECRET}`);
}

function readScope(value: unknown): string {
  if (typeof value === "string") return parseScope(value);
  throw wanted("a path that begins with /");
}

function readPattern(value: unknown, field: "for" | "when"): string {
  if (typeof value === "string") return parsePattern(value, field).pattern;
  throw wanted("a pattern as text");
}

function readOwner(value: unknown): string | null {
  return readWord(value, { most: 256 });
}

function readPermissionName(value: unknown): string | null {
  return readWord(value, { most: 128 });
}

function readWord(
  value: unknown,
  { most }: { most: number },
): string | null {
  if (value === null) return null;
  const isWord = typeof value === "string" && value.length <= most &&
    /^[^\s\p{Cc}\p{Cs}]+$/u.test(value);
  if (isWord) return value;
  throw wanted(`1 to ${most} characters without blanks, or null`);
}

function readFlag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wanted("true or false");
}
