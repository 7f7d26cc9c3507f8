import type { SchemaError } from "../schema/mod.ts";
import type { ValidationSource } from "./errors.ts";

/** What an action costs, besides its outcome. */
export interface CostOptions {
  /** What it cost in US dollars; `null`, the default, when that is not known, `0` when it was free. */
  readonly costUsd?: number | null;
}

/** The outcome of an action that did its work. On the wire `{"data": …, "cost_usd": …}`. */
export class ActionResult {
  /** What the action gives back; must match the output schema. */
  readonly data: unknown;
  /** What it cost in US dollars; `null` when that is not known. */
  readonly costUsd: number | null;

  /** Creates the outcome. */
  constructor(data: unknown, options: CostOptions = {}) {
    this.data = data;
    this.costUsd = options.costUsd ?? null;
  }

  /** The form on the wire. */
  toJSON(): { data: unknown; cost_usd: number | null } {
    return { data: this.data, cost_usd: this.costUsd };
  }
}

/**
 * The outcome of an action that could not do its work: a value to return, not to throw. The output schema does not
 * apply to it. On the wire `{"message": …, "cost_usd": …}`.
 */
export class ActionError {
  /** What went wrong, for the caller of the action. */
  readonly message: string;
  /** What it cost in US dollars all the same; `null` when that is not known. */
  readonly costUsd: number | null;

  /** Creates the outcome. */
  constructor(message: string, options: CostOptions = {}) {
    this.message = message;
    this.costUsd = options.costUsd ?? null;
  }

  /** The form on the wire. */
  toJSON(): { message: string; cost_usd: number | null } {
    return { message: this.message, cost_usd: this.costUsd };
  }
}

/** What is known of the account; everything is optional. */
export interface ConnectedAccountInit {
  /** Its e-mail address. */
  readonly email?: string | null;
  /** Given name. */
  readonly firstName?: string | null;
  /** Family name. */
  readonly lastName?: string | null;
  /** Name of the account. */
  readonly username?: string | null;
  /** Id of the account. */
  readonly userId?: string | null;
  /** A picture. */
  readonly avatarUrl?: string | null;
  /** Who it belongs to. */
  readonly organization?: string | null;
}

/** Whom the credentials belong to. On the wire all seven keys are present, in snake case, `null` when unset. */
export class ConnectedAccountInfo {
  /** Its e-mail address. */
  readonly email: string | null;
  /** Given name. */
  readonly firstName: string | null;
  /** Family name. */
  readonly lastName: string | null;
  /** Name of the account. */
  readonly username: string | null;
  /** Id of the account. */
  readonly userId: string | null;
  /** A picture. */
  readonly avatarUrl: string | null;
  /** Who it belongs to. */
  readonly organization: string | null;

  /** Creates it; what is left out is `null`. */
  constructor(init: ConnectedAccountInit = {}) {
    this.email = init.email ?? null;
    this.firstName = init.firstName ?? null;
    this.lastName = init.lastName ?? null;
    this.username = init.username ?? null;
    this.userId = init.userId ?? null;
    this.avatarUrl = init.avatarUrl ?? null;
    this.organization = init.organization ?? null;
  }

  /** The form on the wire. */
  toJSON(): Record<string, string | null> {
    return {
      email: this.email,
      first_name: this.firstName,
      last_name: this.lastName,
      username: this.username,
      user_id: this.userId,
      avatar_url: this.avatarUrl,
      organization: this.organization,
    };
  }
}

/** Why something did not match, as it goes on the wire. */
export interface ValidationFailure {
  /** Everything in one line. */
  readonly message: string;
  /** JSON Pointer of the first thing that is wrong; `null` when it is not about a place. */
  readonly property: string | null;
  /** Always `null`: it may be a credential. */
  readonly value: null;
  /** What did not match; `"legacy"` when neither inputs nor outputs are meant. */
  readonly source: ValidationSource;
  /** Everything that is wrong, deepest places first. */
  readonly errors: readonly SchemaError[];
  /** What the action cost before its output was found wrong; `null` when that is not known. */
  readonly cost_usd: number | null;
}

/** Something unforeseen, as it goes on the wire in safe mode. */
export interface ErrorFailure {
  /** What was thrown, without the credentials. */
  readonly message: string;
  /** Name of its class. */
  readonly error_type: string;
}

/** The envelope of every outcome. `JSON.stringify` gives its form on the wire. */
export type IntegrationResult =
  | Envelope<"action", ActionResult>
  | Envelope<"action_error", ActionError>
  | Envelope<"connected_account", ConnectedAccountInfo>
  | Envelope<"validation_error", ValidationFailure>
  | Envelope<"error", ErrorFailure>;

/** One kind of {@linkcode IntegrationResult}. */
export interface Envelope<Type extends string, Result> {
  /** Version of the contract that the envelope keeps to, not that of the integration. */
  readonly version: string;
  /** What `result` is. */
  readonly type: Type;
  /** The outcome itself. */
  readonly result: Result;
}
