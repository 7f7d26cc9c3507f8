import type { Envelope } from "../crypto/mod.ts";
import type { SandboxChange, SandboxRow } from "./change.ts";
import type { SandboxFault, SandboxFaults, SandboxTarget } from "./faults.ts";
import type { SandboxField } from "./fields.ts";
import type { SandboxAddedFile, SandboxAddFile } from "./files.ts";
import type { SandboxListenOptions, SandboxServer } from "./listen.ts";
import type { SandboxConnectOptions, SandboxPerson } from "./person.ts";
import type { SandboxRequests } from "./requests.ts";
import type { SandboxWebhooks } from "./webhooks.ts";

/** A configuration for a client, in the keys of its JSON file. */
export interface SandboxConfig {
  /** Where the platform is. */
  api_url: string;
  /** The client id. */
  client_id: string;
  /** The client secret. */
  client_secret: string;
  /** The service's private key as PEM text. */
  service_private_key: string;
  /** Opens the private key; absent when it is not encrypted. */
  key_passphrase?: string;
  /** The company's private key as PEM text; there when a webhook with an envelope was added. */
  account_private_key?: string;
  /** Opens the company's key; absent when it is not encrypted. */
  account_passphrase?: string;
  /** What the client should ask for. */
  format: "json" | "xml";
  /** Whatever was given to {@linkcode Sandbox.config}. */
  [key: string]: unknown;
}

/** An entry of the logs. */
export interface SandboxLog {
  /** Kind of the entry, such as `email`, `purge` or `webhook`. */
  type: string;
  /** What happened. */
  message: string;
  /** Anything more. Defaults to `null`. */
  metadata?: unknown;
  /** ISO 8601 time. Defaults to now. */
  createdAt?: string;
}

/** How often a fault of {@linkcode Sandbox.failNext} strikes. */
export interface SandboxFailOptions {
  /** Number of requests. Defaults to `1`. */
  times?: number;
}

/** A platform in memory. Nothing of it outlives the process. */
export interface Sandbox extends AsyncDisposable, SandboxWebhooks {
  /** Answers a request: the whole platform as a fetch handler. The host in the URL does not matter. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * The same as a `fetch` for a client in this process. Unlike `fetch` it rejects with a `TypeError` where a fault
   * drops the connection, and with the signal's reason where the caller aborts.
   */
  readonly clientFetch: (
    input: string | URL | Request,
    init?: RequestInit,
  ) => Promise<Response>;
  /**
   * Serves the sandbox over HTTP.
   *
   * @throws {ConfigError} On a host without `Deno.serve`, or when it refuses the address.
   */
  readonly listen: (options?: SandboxListenOptions) => Promise<SandboxServer>;
  /** A configuration for this sandbox; `overrides` go over it. `api_url` is the server that was started last. */
  readonly config: (
    overrides?: Readonly<Record<string, unknown>>,
  ) => SandboxConfig;
  /** Where the sandbox is: the server that was started last, else a name that nothing else answers to. */
  readonly url: string;
  /** The service's public key, as base64 of SubjectPublicKeyInfo. */
  readonly publicKey: string;

  /** Connects a person; listed once all values are encrypted, in the order of the calls. */
  readonly connect: (options?: SandboxConnectOptions) => Promise<SandboxPerson>;
  /** Puts a file into a slot of a connected person, without a change in the feed. */
  readonly addFile: (
    person: SandboxPerson,
    options: SandboxAddFile,
  ) => Promise<SandboxAddedFile>;
  /** Lets a file run out as after 90 days: the endpoint answers 410 from now on. */
  readonly expireFile: (person: SandboxPerson, slug: string) => void;

  /**
   * Encrypts a change, appends it to the feed and lets it take effect: a `field_updated` is also what `/connections`
   * shows from now on. Gives the row as the wire will show it. Await each call, or use `publishMany`, where order
   * matters.
   *
   * @throws {TypeError} When the slug or the value that such a change has is missing.
   */
  readonly publish: (change: SandboxChange) => Promise<SandboxRow>;
  /** Publishes many changes in their order, faster than one by one. Nothing is visible before all are encrypted. */
  readonly publishMany: (
    changes: Iterable<SandboxChange>,
  ) => Promise<SandboxRow[]>;
  /** Appends anything to the feed as it is: no object, an unknown event, a broken wrapper. */
  readonly publishRaw: (
    row: unknown,
    options?: { webhookId?: string },
  ) => void;
  /** Encrypts a text for the service, to build rows by hand. */
  readonly encrypt: (text: string) => Promise<Envelope>;
  /** How many changes are still in the feed. */
  readonly pending: number;
  /** How many changes the feed has handed out, and therefore deleted. */
  readonly takenCount: number;
  /** How many changes wait in the backlog of a webhook. */
  readonly backlog: (webhookId: string) => number;

  /** Replaces the catalog. */
  readonly setFields: (fields: readonly SandboxField[]) => void;
  /** Adds a field to the catalog. */
  readonly addField: (field: SandboxField) => void;
  /** Adds an entry to the logs. */
  readonly addLog: (entry: SandboxLog) => void;

  /** Forgets all tokens: the next call of every client gets 401 `auth.expired`. */
  readonly expireTokens: () => void;
  /** Replaces the faults that stay until they are replaced. `{}` ends them. */
  readonly setFaults: (faults: SandboxFaults) => void;
  /**
   * Lets a fault strike the next requests, whether or not they hold a good token. Faults for the same requests strike
   * in the order they were given, and before those of `setFaults`.
   *
   * @throws {TypeError | RangeError} When there is no such endpoint or fault, or a number of it is out of range.
   */
  readonly failNext: (
    target: SandboxTarget,
    fault: SandboxFault,
    options?: SandboxFailOptions,
  ) => void;
  /** Ends all faults. */
  readonly clearFaults: () => void;
  /** What was asked. */
  readonly requests: SandboxRequests;

  /** Closes all servers. */
  readonly close: () => Promise<void>;
}
