import { isObject, parseJson } from "../_internal/json.ts";
import { type Secret, secret } from "../_internal/secret.ts";
import type { Field } from "./_config_fields.ts";
import { type ConfigReader, kindOf } from "./_config_reader.ts";

/** How a webhook delivery proves where it comes from. */
export type WebhookAuth =
  | {
    /** An HMAC-SHA256 over the body. */
    readonly method: "hmac";
    /** The secret of each webhook by its id. */
    readonly secrets: ReadonlyMap<string, Secret<string>>;
    /** The secret of all webhooks that are not in `secrets`. */
    readonly single?: Secret<string>;
  }
  | {
    /** A bearer token. */
    readonly method: "bearer";
    /** The token that must come. */
    readonly token: Secret<string>;
  }
  | {
    /** HTTP Basic. */
    readonly method: "basic";
    /** The user name that must come. */
    readonly username: string;
    /** The password that must come. */
    readonly password: Secret<string>;
  }
  | {
    /** A header of the user's choice. */
    readonly method: "header";
    /** Its name; the case does not matter. */
    readonly name: string;
    /** The value that must come. */
    readonly value: Secret<string>;
  }
  | {
    /** No proof is wanted: whoever knows the URL can send events. */
    readonly method: "none";
  };

const BASIC_FIELDS = [
  "webhook_basic.username",
  "webhook_basic.password",
] as const;
const HEADER_FIELDS = [
  "webhook_header.name",
  "webhook_header.value",
] as const;

/** Reads the one method that is configured; `undefined` when there is none. */
export function readWebhookAuth(reader: ConfigReader): WebhookAuth | undefined {
  const found = [
    readHmac(reader),
    readBearer(reader),
    readBasic(reader),
    readHeader(reader),
    readNone(reader),
  ].filter((auth) => auth !== undefined);
  if (found.length > 1) {
    const names = found.map((auth) => auth.method).join(", ");
    reader.report(
      "webhooks",
      `more than one way to authenticate webhooks, found ${names}, wanted one`,
    );
  }
  return found[0];
}

function readHmac(reader: ConfigReader): WebhookAuth | undefined {
  const secrets = readSecrets(reader);
  const single = reader.secret("webhook_secret");
  if (secrets.size === 0 && !single) return undefined;
  return { method: "hmac", secrets, ...(single ? { single } : {}) };
}

function readSecrets(reader: ConfigReader): Map<string, Secret<string>> {
  const secrets = new Map<string, Secret<string>>();
  const given = reader.value("webhooks");
  const text = typeof given === "string" && reader.fromEnv("webhooks");
  const value = text ? parseJson(given) : given;
  if (value === undefined && !text) return secrets;
  if (!isObject(value)) {
    const got = text ? "" : `, got ${kindOf(value)}`;
    reader.report("webhooks", `wanted a JSON object of id and secret${got}`);
    return secrets;
  }
  for (const [id, each] of Object.entries(value)) {
    if (id !== "" && typeof each === "string" && each !== "") {
      secrets.set(id, secret(each));
    } else {
      // Without the id: someone may have written the two the wrong way round.
      reader.report(
        "webhooks",
        "wanted a non-empty text as id and as secret of each",
      );
    }
  }
  return secrets;
}

function readBearer(reader: ConfigReader): WebhookAuth | undefined {
  const field = "webhook_bearer_token";
  const text = reader.text(field);
  if (text === undefined) return undefined;
  checkCredential(reader, { field, text });
  return { method: "bearer", token: secret(text) };
}

function readBasic(reader: ConfigReader): WebhookAuth | undefined {
  const pair = readPair(reader, "webhook_basic", BASIC_FIELDS);
  if (!pair) return undefined;
  const [username, password] = pair;
  return { method: "basic", username, password: secret(password) };
}

function readHeader(reader: ConfigReader): WebhookAuth | undefined {
  const pair = readPair(reader, "webhook_header", HEADER_FIELDS);
  if (!pair) return undefined;
  const [name, value] = pair;
  // A token of RFC 9110 section 5.6.2.
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    reader.report(HEADER_FIELDS[0], "wanted a valid header name");
  }
  checkCredential(reader, { field: HEADER_FIELDS[1], text: value });
  return { method: "header", name, value: secret(value) };
}

// Two texts that go together: once one of them or the object around them is set, both must be.
function readPair(
  reader: ConfigReader,
  name: string,
  fields: readonly [Field, Field],
): readonly [string, string] | undefined {
  const around = reader.fileValue(name);
  const fromEnv = fields.filter((field) => reader.fromEnv(field)).length;
  if (around === undefined && fromEnv === 0) return undefined;
  if (around !== undefined && !isObject(around) && fromEnv < fields.length) {
    reader.report(name, `wanted a JSON object, got ${kindOf(around)}`);
    return undefined;
  }
  const first = reader.required(fields[0]);
  const second = reader.required(fields[1]);
  return first !== "" && second !== "" ? [first, second] : undefined;
}

function readNone(reader: ConfigReader): WebhookAuth | undefined {
  const field = "webhook_auth_none";
  const value = reader.value(field);
  const [yes, no] = reader.fromEnv(field) ? ["true", "false"] : [true, false];
  if (value === yes) return { method: "none" };
  if (value !== undefined && value !== no) {
    reader.report(field, "wanted true or nothing, got something else");
  }
  return undefined;
}

// Blanks around a header value do not travel (RFC 9110 section 5.5), so such a credential could never match.
function checkCredential(
  reader: ConfigReader,
  credential: { field: Field; text: string },
): void {
  const { field, text } = credential;
  if (text === text.trim() && !/[\r\n\0]/.test(text)) return;
  reader.report(field, "wanted text without blanks around and line ends");
}
