/**
 * The error taxonomy of Sluice.
 *
 * Every failure of the outside world is a {@linkcode SluiceError} with a literal `code`, so callers branch on
 * `error.code`, never on a message. Mistakes of the programmer are a plain `TypeError` or `RangeError`. `retryable`
 * says whether the same call can succeed later without a change by the caller.
 *
 * | code | class | what failed | look at |
 * |---|---|---|---|
 * | `config` | {@linkcode ConfigError} | the configuration or a key cannot be used | `problems`: everything found, each with its field |
 * | `auth` | {@linkcode AuthError} | the platform did not accept the credentials | `status`, `errorKey` |
 * | `api` | {@linkcode ApiError} | no usable answer | `status`, 0 without one; `errorKey`, such as `http.timeout` |
 * | `rate_limited` | {@linkcode RateLimitError} | 429 until the retries were used up | `retryAfter`, in seconds |
 * | `decrypt` | {@linkcode DecryptError} | a value, or what was sealed, does not open | nothing: all say the same |
 * | `webhook` | {@linkcode WebhookError} | a delivery is not genuine, or cannot be read | |
 * | `kv` | {@linkcode KvError} | the store | `outcomeUnknown`: whether the commit may have happened |
 * | `validation` | {@linkcode ValidationError} | a value does not have the wanted form | `field` |
 * | `delivery` | {@linkcode DeliveryError} | an event could not be emitted | |
 * | `upload` | {@linkcode UploadError} | a file or an event could not be sent | `step`, `resume`, `attempts`, `requestId` |
 *
 * No message and no enumerable property of these classes holds a key, token, passphrase, plaintext, presigned query or
 * request body.
 *
 * @example Branch on the code
 * ```ts
 * import { isSluiceError } from "@sluice/edge/errors";
 *
 * export function describe(error: unknown): string {
 *   if (!isSluiceError(error)) return "not ours";
 *   switch (error.code) {
 *     case "rate_limited":
 *       return `try again in ${error.retryAfter ?? 60} s`;
 *     case "api":
 *       return `HTTP ${error.status}`;
 *     default:
 *       return error.code;
 *   }
 * }
 * ```
 *
 * @module
 */

/** Options that every {@linkcode SluiceError} takes. */
export interface SluiceErrorOptions {
  /** What caused it. Left out wherever it would tell an attacker why a decryption failed. */
  cause?: unknown;
}

/** The base of all errors that Sluice raises for failures of the outside world. */
export abstract class SluiceError extends Error {
  /** A stable literal that identifies the class. */
  abstract readonly code: string;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;

  /** Creates the error; `retryable` defaults to `false`. */
  constructor(
    message: string,
    options: SluiceErrorOptions & { retryable?: boolean } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.retryable = options.retryable ?? false;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The file key, option or environment variable that is wrong. */
  readonly field: string;
  /** What is wrong and what is wanted. Never the value. */
  readonly message: string;
}

/** The configuration or a key cannot be used. `problems` lists everything found, not only the first. */
export class ConfigError extends SluiceError {
  /** @ignore */
  override readonly name = "ConfigError";
  /** Identifies the class. */
  readonly code = "config";
  /** Everything that is wrong, each naming its field. */
  readonly problems: readonly ConfigProblem[];

  /** Creates the error. Without `problems` the message is the only one. */
  constructor(
    message: string,
    options: SluiceErrorOptions & { problems?: readonly ConfigProblem[] } = {},
  ) {
    super(message, options);
    this.problems = options.problems ?? [];
  }
}

/** The platform did not accept the credentials, or the token request failed. */
export class AuthError extends SluiceError {
  /** @ignore */
  override readonly name = "AuthError";
  /** Identifies the class. */
  readonly code = "auth";
  /** HTTP status of the token or data call; `0` when there was no answer. */
  readonly status: number;
  /** The platform's `error_key`, when it sent one. */
  readonly errorKey: string | null;
  /** Seconds that the platform asked to wait, when it did. */
  readonly retryAfter: number | null;

  /** Creates the error. */
  constructor(
    message: string,
    options: SluiceErrorOptions & {
      status?: number;
      errorKey?: string | null;
      retryAfter?: number | null;
      retryable?: boolean;
    } = {},
  ) {
    super(message, options);
    this.status = options.status ?? 0;
    this.errorKey = options.errorKey ?? null;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** What an {@linkcode ApiError} carries besides its message. */
export interface ApiErrorInit extends SluiceErrorOptions {
  /** HTTP status; `0` when there was no answer. */
  status: number;
  /** The platform's `error_key`. */
  errorKey?: string | null;
  /** The platform's own words. */
  apiMessage?: string | null;
  /** All other members of the error body. */
  details?: Readonly<Record<string, unknown>>;
  /** Whether the same call can succeed later. */
  retryable?: boolean;
}

/** A data call got something other than a usable 2xx answer. */
export class ApiError extends SluiceError {
  /** @ignore */
  override readonly name: "ApiError" | "HTTPError" | "RateLimitError" =
    "ApiError";
  /** Identifies the class. */
  readonly code: "api" | "rate_limited" = "api";
  /** HTTP status; `0` when there was no answer. */
  readonly status: number;
  /** The platform's `error_key`, when it sent one. */
  readonly errorKey: string | null;
  /** The platform's own words, when it sent any. */
  readonly apiMessage: string | null;
  /** All other members of the error body, such as `content_sha256` of a 410. */
  readonly details: Readonly<Record<string, unknown>>;

  /** Creates the error; the message is `HTTP <status> (<key>): <words>`. */
  constructor(init: ApiErrorInit) {
    super(apiMessageText(init), init);
    this.status = init.status;
    this.errorKey = init.errorKey ?? null;
    this.apiMessage = init.apiMessage ?? null;
    this.details = init.details ?? {};
  }
}

/** The platform answered 429 until the retries were used up. */
export class RateLimitError extends ApiError {
  /** @ignore */
  override readonly name = "RateLimitError";
  /** Identifies the class. */
  override readonly code = "rate_limited";
  /** Seconds that the platform asked to wait, or `null` when it did not say. */
  readonly retryAfter: number | null;

  /** Creates the error. */
  constructor(
    init: Omit<ApiErrorInit, "status" | "retryable"> & {
      retryAfter: number | null;
    },
  ) {
    super({ ...init, status: 429, retryable: true });
    this.retryAfter = init.retryAfter;
  }
}

/**
 * A value could not be decrypted or does not have the promised form.
 *
 * All failures of the cipher say the same thing, whatever their cause, and carry no `cause`.
 */
export class DecryptError extends SluiceError {
  /** @ignore */
  override readonly name = "DecryptError";
  /** Identifies the class. */
  readonly code = "decrypt";
}

/** A webhook delivery was not genuine or could not be read. */
export class WebhookError extends SluiceError {
  /** @ignore */
  override readonly name = "WebhookError";
  /** Identifies the class. */
  readonly code = "webhook";
}

/** A store could not keep its promise. What was committed before is untouched. */
export class KvError extends SluiceError {
  /** @ignore */
  override readonly name = "KvError";
  /** Identifies the class. */
  readonly code = "kv";
  /** Whether the failed commit may have happened all the same. */
  readonly outcomeUnknown: boolean;

  /** Creates the error; `outcomeUnknown` defaults to `false`. */
  constructor(
    message: string,
    options: SluiceErrorOptions & {
      outcomeUnknown?: boolean;
      retryable?: boolean;
    } = {},
  ) {
    super(message, options);
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

/** A value does not have the form that its type demands. */
export class ValidationError extends SluiceError {
  /** @ignore */
  override readonly name = "ValidationError";
  /** Identifies the class. */
  readonly code = "validation";
  /** The field that is wrong. */
  readonly field: string;

  /** Creates the error. */
  constructor(
    message: string,
    options: SluiceErrorOptions & { field: string },
  ) {
    super(message, options);
    this.field = options.field;
  }
}

/** What finishes a send that failed, without uploading again what was uploaded. It can be kept as JSON. */
export interface UploadResume {
  /** The event. */
  readonly event: string;
  /** The key under which all attempts count as one. */
  readonly idempotencyKey: string;
  /** Names event, key, body shape, payload and files, so that nothing else is sent by mistake. */
  readonly digest: string;
  /** The files that are there. */
  readonly assets: readonly UploadedAsset[];
}

/** A file that was uploaded. */
export interface UploadedAsset {
  /** Its first place in the payload, as a JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** What the platform calls it. */
  readonly assetId: string;
  /** When it was uploaded, in milliseconds since 1970. The platform keeps it for 48 hours. */
  readonly uploadedAt: number;
}

/** What an {@linkcode UploadError} carries besides its message. */
export interface UploadErrorInit extends SluiceErrorOptions {
  /** What failed. */
  step: UploadError["step"];
  /** HTTP status; `0` when there was no answer. */
  status?: number;
  /** The platform's own code, or one that begins with `http.`. */
  errorKey?: string | null;
  /** Seconds that the platform asked to wait. */
  retryAfter?: number | null;
  /** Name of the file that it is about. */
  filename?: string | null;
  /** How often the request that failed was made. */
  attempts?: number;
  /** What the other side calls the last of these requests. */
  requestId?: string | null;
  /** What finishes the send. */
  resume?: UploadResume | null;
  /** Whether the same call can succeed later. */
  retryable?: boolean;
}

/** An event, or a file that belongs to it, could not be sent. */
export class UploadError extends SluiceError {
  /** @ignore */
  override readonly name = "UploadError";
  /** Identifies the class. */
  readonly code = "upload";
  /** What failed: reading a file, asking where to put it, putting it there, sending the event, or none of them. */
  readonly step: "file" | "upload_url" | "upload" | "event" | "send";
  /** HTTP status; `0` when there was no answer. */
  readonly status: number;
  /** The platform's own code such as `MIME_NOT_ALLOWED`, or one such as `http.network`; `null` when there is none. */
  readonly errorKey: string | null;
  /** Seconds that the platform asked to wait, when it did. */
  readonly retryAfter: number | null;
  /** Name of the file that it is about. */
  readonly filename: string | null;
  /** How often the request that failed was made, retries included; with the step `"send"`, all requests. */
  readonly attempts: number;
  /** What the other side calls the last of these requests, by its own header; `null` when it did not say. */
  readonly requestId: string | null;
  /** What finishes the send; `null` when no send was begun. */
  readonly resume: UploadResume | null;

  /** Creates the error. */
  constructor(message: string, init: UploadErrorInit) {
    super(message, init);
    this.step = init.step;
    this.status = init.status ?? 0;
    this.errorKey = init.errorKey ?? null;
    this.retryAfter = init.retryAfter ?? null;
    this.filename = init.filename ?? null;
    this.attempts = init.attempts ?? 0;
    this.requestId = init.requestId ?? null;
    this.resume = init.resume ?? null;
  }
}

/**
 * An event could not be handed over for delivery, or a sender cannot do what it was asked to.
 *
 * What a receiver answers is no error: it is recorded as an attempt.
 */
export class DeliveryError extends SluiceError {
  /** @ignore */
  override readonly name = "DeliveryError";
  /** Identifies the class. */
  readonly code = "delivery";
}

/** Every class of this module paired with its literal code, for an exhaustive `switch`. */
export type AnySluiceError =
  | ConfigError
  | AuthError
  | (ApiError & { readonly code: "api" })
  | RateLimitError
  | DecryptError
  | WebhookError
  | KvError
  | DeliveryError
  | ValidationError
  | UploadError;

/** The literal codes of all classes. */
export type SluiceErrorCode = AnySluiceError["code"];

/**
 * Tells whether `error` is one of ours, and narrows it to the union of all classes.
 *
 * @param error Anything that was thrown.
 * @returns `true` for an instance of {@linkcode SluiceError}.
 */
export function isSluiceError(error: unknown): error is AnySluiceError {
  return error instanceof SluiceError;
}

function apiMessageText(init: ApiErrorInit): string {
  const head = init.status === 0 ? "No answer" : `HTTP ${init.status}`;
  const key = init.errorKey ? ` (${init.errorKey})` : "";
  return init.apiMessage
    ? `${head}${key}: ${init.apiMessage}`
    : `${head}${key}`;
}
