import { assertFunction, assertInteger } from "../_internal/assert.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import { DEFAULT_FIELDS, type SandboxField } from "./fields.ts";

/** An RSA key pair of a service. */
export interface SandboxKeys {
  /** The private key as PKCS#8 DER. */
  readonly privateKey: Uint8Array<ArrayBuffer>;
  /** The public key as SubjectPublicKeyInfo DER. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** How a sandbox is set up. Everything has a default. */
export interface SandboxOptions {
  /** The catalog. Defaults to one field of each kind of value. */
  fields?: readonly SandboxField[];
  /** The client id that gets a token. Defaults to `svc_sandbox`. */
  clientId?: string;
  /** The client secret that gets a token. Defaults to a random one. */
  clientSecret?: string;
  /** The service's keys, so that many sandboxes can share one pair. Made here by default. */
  keys?: SandboxKeys;
  /** The company's keys, for webhooks with an envelope. Made here by default, when the first of them is added. */
  accountKeys?: SandboxKeys;
  /** Bits of the RSA keys that are made here. Defaults to 2048. */
  keyBits?: 2048 | 3072 | 4096;
  /**
   * Passphrase of the private key in {@linkcode Sandbox.config}; `null` gives the key unencrypted, which a host with
   * little time can load at once. Defaults to a random one.
   */
  passphrase?: string | null;
  /** PBKDF2 iterations that protect the private key. Defaults to 100 000, what the platform uses. */
  keyIterations?: number;
  /** How long a token is good for. Defaults to 3600. */
  tokenLifetimeSeconds?: number;
  /** Given as `api_url` in the token answer: the home region of the service. Left out by default. */
  regionUrl?: string;
  /** The `format` that {@linkcode Sandbox.config} names. What is answered is for the `Accept` header to say. */
  format?: "json" | "xml";
  /** Answers the file endpoint in XML to those who ask for it. The platform does not, so the default is `false`. */
  xmlFiles?: boolean;
  /** Most connections on one page, whatever limit was asked. No cap by default. */
  pageCap?: number;
  /** How many requests {@linkcode SandboxRequests.list} remembers. Defaults to 1000. */
  requestLogSize?: number;
  /** Milliseconds since 1970, for token expiry and timestamps. Defaults to the host's clock. */
  now?: () => number;
  /** Waits for the delay of a fault; rejects when the signal aborts. Defaults to a timer. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The options as they were when the sandbox was created, defaults filled in. */
export interface Settings {
  readonly fields: readonly SandboxField[];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly keys: SandboxKeys | undefined;
  readonly accountKeys: SandboxKeys | undefined;
  readonly keyBits: 2048 | 3072 | 4096;
  readonly passphrase: string | null;
  readonly keyIterations: number;
  readonly tokenLifetimeSeconds: number;
  readonly regionUrl: string | undefined;
  readonly format: "json" | "xml";
  readonly xmlFiles: boolean;
  readonly pageCap: number;
  readonly requestLogSize: number;
  readonly clock: Clock;
}

/** Checks the options and copies them. */
export function readOptions(options: SandboxOptions): Settings {
  const settings: Settings = {
    fields: [...options.fields ?? DEFAULT_FIELDS],
    clientId: options.clientId ?? "svc_sandbox",
    clientSecret: options.clientSecret ?? randomText(),
    keys: options.keys && { ...options.keys },
    accountKeys: options.accountKeys && { ...options.accountKeys },
    keyBits: options.keyBits ?? 2048,
    passphrase: options.passphrase === undefined
      ? randomText()
      : options.passphrase,
    keyIterations: options.keyIterations ?? 100_000,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    regionUrl: options.regionUrl,
    format: options.format ?? "json",
    xmlFiles: options.xmlFiles ?? false,
    pageCap: options.pageCap ?? Number.MAX_SAFE_INTEGER,
    requestLogSize: options.requestLogSize ?? 1000,
    clock: {
      now: options.now ?? systemClock.now,
      sleep: options.sleep ?? systemClock.sleep,
    },
  };
  assertSettings(settings);
  return settings;
}

/** A token, secret or passphrase: 32 hexadecimal digits nobody can guess. */
export function randomText(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function assertSettings(settings: Settings): void {
  assertInteger(settings.keyIterations, "keyIterations", { min: 1 });
  assertInteger(settings.tokenLifetimeSeconds, "tokenLifetimeSeconds", {
    min: 0,
  });
  assertInteger(settings.pageCap, "pageCap", { min: 1 });
  assertInteger(settings.requestLogSize, "requestLogSize", { min: 0 });
  assertFunction(settings.clock.now, "now");
  assertFunction(settings.clock.sleep, "sleep");
  if (settings.format !== "json" && settings.format !== "xml") {
    throw new TypeError(`Cannot use format: wanted "json" or "xml"`);
  }
}
