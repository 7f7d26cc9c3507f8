import { fromBase64 } from "../_internal/base64.ts";
import { type Hmac, hmacSha256 } from "../_internal/hmac.ts";
import { isObject, type JsonObject, parseJson } from "../_internal/json.ts";
import { type Bytes, decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import { toBase64Url } from "./_pkce.ts";
import { ConnectorError } from "./connector_error.ts";
import type { Page } from "./payloads.ts";

/** Where one listing of the app goes on. Any JSON members; `endpoint` and `after` are usual names. */
export type Cursor = JsonObject;

/** How page tokens are made. */
export interface PageTokensOptions {
  /** The secret that seals the tokens, 16 bytes or more. All instances of a connector need the same. */
  key: string | Uint8Array;
  /**
   * What the tokens are for, such as `"okta/list_accounts"`: a token for one purpose is refused for another. Tie them
   * to a tenant by naming it here.
   */
  purpose: string;
}

/** Page tokens of one purpose. */
export interface PageTokens {
  /**
   * The page that a result ends with.
   *
   * @param cursors Where the listings of the app go on; those that have ended are left out.
   * @param size How many items the caller would like, to be repeated.
   * @returns `null` when nothing is left.
   */
  next(cursors: readonly Cursor[], size?: number | null): Promise<Page | null>;
  /**
   * The cursors of the page that is asked for.
   *
   * @param page The page of the request.
   * @returns `null` for the first page.
   * @throws {ConnectorError} `invalid_page_token` for a token that this connector did not make for this purpose, and
   * `bad_request` for one that is no text.
   */
  cursors(page: Page): Promise<readonly Cursor[] | null>;
}

const VERSION = "v1";
const LEAST_KEY_BYTES = 16;
const MOST_TOKEN_CHARS = 64 * 1024;

/**
 * Makes page tokens that no caller can change: one token holds the cursors of several listings of the app, so that one
 * capability can go through several of them.
 *
 * A token is `v1.`, the cursors, and an HMAC-SHA256 over both and the purpose. It is sealed, not encrypted: put no
 * secret in a cursor. Tokens do not expire.
 *
 * @param options The key and the purpose.
 * @throws {TypeError} For a key below 16 bytes or an empty purpose.
 *
 * @example Users, then licences
 * ```ts
 * import { pageTokens } from "@sluice/edge/connector";
 * import { assertEquals } from "@std/assert";
 *
 * const tokens = pageTokens({ key: "0123456789abcdef", purpose: "okta/list_accounts" });
 * const page = await tokens.next([{ endpoint: "users", after: "abc" }, { endpoint: "licences" }]);
 *
 * assertEquals(await tokens.cursors(page ?? {}), [
 *   { endpoint: "users", after: "abc" },
 *   { endpoint: "licences" },
 * ]);
 * assertEquals(await tokens.cursors({}), null);
 * assertEquals(await tokens.next([]), null);
 * ```
 */
export function pageTokens(options: PageTokensOptions): PageTokens {
  const { key, purpose } = options;
  const secret: Bytes = typeof key === "string"
    ? encodeUtf8(key)
    : new Uint8Array(key);
  if (secret.length < LEAST_KEY_BYTES) {
    throw new TypeError(
      `Cannot use key: wanted at least ${LEAST_KEY_BYTES} bytes`,
    );
  }
  if (purpose === "") {
    throw new TypeError("Cannot use purpose: wanted a text that is not empty");
  }
  const seal = { hmac: hmacSha256(secret), purpose };
  return {
    async next(cursors, size = null): Promise<Page | null> {
      if (cursors.length === 0) return null;
      return { token: await encode(seal, cursors), size };
    },
    async cursors({ token }): Promise<readonly Cursor[] | null> {
      if (token === undefined || token === null || token === "") return null;
      if (typeof token === "string") return await decode(seal, token);
      throw new ConnectorError(
        'Cannot use the page: wanted a text as its "token"',
        { errorCode: "bad_request" },
      );
    },
  };
}

interface Seal {
  readonly hmac: Hmac;
  readonly purpose: string;
}

async function encode(seal: Seal, cursors: readonly Cursor[]): Promise<string> {
  const payload = toBase64Url(encodeUtf8(JSON.stringify(cursors)));
  const tag = await seal.hmac.sign(sealed(seal, payload));
  return `${VERSION}.${payload}.${toBase64Url(tag)}`;
}

async function decode(seal: Seal, token: string): Promise<readonly Cursor[]> {
  const [version, payload = "", tag = "", ...rest] = token.split(".", 4);
  const isToken = version === VERSION && rest.length === 0 &&
    token.length <= MOST_TOKEN_CHARS;
  if (!isToken) throw invalidToken();
  const genuine = await seal.hmac.verify(sealed(seal, payload), bytesOf(tag));
  const bytes = genuine ? bytesOf(payload) : undefined;
  const cursors = bytes && parseJson(decodeUtf8(bytes));
  if (Array.isArray(cursors) && cursors.every(isObject)) return cursors;
  throw invalidToken();
}

// The length of the purpose keeps it apart from the payload.
function sealed({ purpose }: Seal, payload: string): Bytes {
  // UTF-8 has no lone surrogates and would make them all alike; JSON escapes each.
  const name = purpose.isWellFormed() ? purpose : JSON.stringify(purpose);
  return encodeUtf8(`${VERSION}:${purpose.length}:${name}:${payload}`);
}

function bytesOf(text: string): Bytes | undefined {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  // One spelling for each token: neither padding nor the other alphabet.
  return /[+/=]/.test(text)
    ? undefined
    : fromBase64(standard.padEnd(Math.ceil(text.length / 4) * 4, "="));
}

function invalidToken(): ConnectorError {
  return new ConnectorError(
    "Cannot use the page token: wanted one that this connector gave out for this listing",
    { errorCode: "invalid_page_token" },
  );
}
