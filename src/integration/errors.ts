import {
  ApiError,
  type ApiErrorInit,
  type SluiceErrorOptions,
  ValidationError as BaseValidationError,
} from "../errors.ts";
import type { SchemaError } from "../schema/mod.ts";

/** What did not match: inputs or credentials, an output, or something that is neither. */
export type ValidationSource = "input" | "output" | "legacy";

/** What a {@linkcode ValidationError} carries besides its message. */
export interface ValidationErrorInit extends SluiceErrorOptions {
  /** What did not match. Default is `"legacy"`. */
  readonly source?: ValidationSource;
  /** Everything that is wrong. None by default. */
  readonly errors?: readonly SchemaError[];
}

/**
 * Inputs, credentials, outputs or records do not have the form that their schema demands. A handler may throw one
 * too: it becomes a `validation_error` envelope with its own `source`.
 */
export class ValidationError extends BaseValidationError {
  /** What did not match. */
  readonly source: ValidationSource;
  /** Everything that is wrong, deepest places first. */
  readonly errors: readonly SchemaError[];
  /** JSON Pointer of the first thing that is wrong; `null` when it is not about a place. */
  readonly property: string | null;

  /** Creates the error. */
  constructor(message: string, init: ValidationErrorInit = {}) {
    const property = init.errors?.[0]?.property ?? null;
    super(message, { ...init, field: property ?? "" });
    this.source = init.source ?? "legacy";
    this.errors = init.errors ?? [];
    this.property = property;
  }
}

/** What an {@linkcode HTTPError} carries. */
export interface HTTPErrorInit extends ApiErrorInit {
  /** The body of the answer: JSON where it was, else text. Not enumerable on the error. */
  readonly responseData?: unknown;
}

/** `context.fetch` got an answer with a status from 400 up. */
export class HTTPError extends ApiError {
  /** @ignore */
  override readonly name: "HTTPError" | "RateLimitError" = "HTTPError";
  readonly #responseData: unknown;

  /** Creates the error; the message is `HTTP <status>: <words>`. */
  constructor(init: HTTPErrorInit) {
    super(init);
    this.#responseData = init.responseData ?? null;
  }

  /** The body of the answer. It is shown by no log, because it may hold anything. */
  get responseData(): unknown {
    return this.#responseData;
  }
}

/** `context.fetch` got a 429. */
export class RateLimitError extends HTTPError {
  /** @ignore */
  override readonly name = "RateLimitError";
  /** Identifies the class. */
  override readonly code = "rate_limited";
  /** Seconds to wait, as the answer says; 60 when it does not. */
  readonly retryAfter: number;

  /** Creates the error. */
  constructor(
    init: Omit<HTTPErrorInit, "status" | "retryable"> & { retryAfter: number },
  ) {
    super({
      apiMessage: "Rate limit exceeded",
      ...init,
      status: 429,
      retryable: true,
    });
    this.retryAfter = init.retryAfter;
  }
}
