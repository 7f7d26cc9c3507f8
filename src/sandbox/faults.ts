import type { SandboxEndpoint } from "./requests.ts";

/** What every fault can have besides its own members. */
export interface SandboxFaultTiming {
  /** Milliseconds to wait before anything else happens; `Infinity` never answers. Defaults to `0`. */
  delayMs?: number;
}

/** When a fault strikes: `"before"` the endpoint has done its work, or `"after"` it. */
export interface SandboxFaultMoment {
  /**
   * `"after"` makes the fault lose something: `/changes` has deleted the page by then. Defaults to `"before"`, where
   * the endpoint does nothing.
   */
  when?: "before" | "after";
}

/** Answers properly, only late. Give it `delayMs`. */
export interface SandboxDelay extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "delay";
}

/** The connection breaks: no byte of the body arrives. */
export interface SandboxDrop extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "drop";
  /** Defaults to `"after"`: the work is done, the page is deleted, the answer is lost. */
  when?: "before" | "after";
}

/** The body ends early. */
export interface SandboxTruncate extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "truncate";
  /** How many bytes of the body arrive. */
  bytes: number;
  /** `true` ends the answer properly, so that only its content is broken. Defaults to `false`: the connection breaks. */
  clean?: boolean;
}

/** The body stops and the connection stays open until the caller or the server gives up. */
export interface SandboxStall extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "stall";
  /** How many bytes of the body arrive before. Defaults to `0`. */
  bytes?: number;
}

/** Another status with an error body, such as 500, 502, 503, 504 or 403. */
export interface SandboxStatus extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "status";
  /** HTTP status. */
  status: number;
  /** The `error_key`. Left out by default. */
  errorKey?: string;
  /** The `error` text. Defaults to the status in words. */
  message?: string;
  /** Further members of the error body, in their wire names. */
  details?: Readonly<Record<string, unknown>>;
  /** Further headers. */
  headers?: Readonly<Record<string, string>>;
  /** Seconds, a moment (sent as an HTTP date), or the header's very text. */
  retryAfter?: number | Date | string;
}

/** 429 `rate.limited`. */
export interface SandboxRateLimit
  extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "rate_limit";
  /** Seconds, a moment (sent as an HTTP date), or the header's very text. Left out by default. */
  retryAfter?: number | Date | string;
}

/** 403 `company_data.no_client`. */
export interface SandboxNoClient
  extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "no_client";
}

/** 421 `region.rebase_required`: the service lives in another region. */
export interface SandboxRebase extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "rebase";
  /** The base that the caller is sent to. Left out of the answer when absent. */
  apiUrl?: string;
}

/** An HTML page where JSON or XML was promised, as a proxy would send. */
export interface SandboxHtml extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "html";
  /** HTTP status. Defaults to 200. */
  status?: number;
}

/** Any answer at all. */
export interface SandboxAnswer extends SandboxFaultTiming, SandboxFaultMoment {
  /** Names the fault. */
  kind: "answer";
  /** Text and bytes are sent as they are; anything else is sent as JSON, or as XML where that was asked. */
  body: unknown;
  /** HTTP status. Defaults to 200. */
  status?: number;
  /** The `Content-Type` of a text or of bytes. Defaults to `application/json`. */
  contentType?: string;
}

/** The proper answer with some members replaced: wrong types, missing members (`undefined`), a new `api_url`. */
export interface SandboxPatch extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "patch";
  /** Members of the answer, in their wire names. */
  members: Readonly<Record<string, unknown>>;
}

/** A well-formed answer of a great many bytes, sent as a stream; the endpoint does nothing. */
export interface SandboxHuge extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "huge";
  /** Size of the body. */
  bytes: number;
  /** Whether `Content-Length` announces the size. Defaults to `false`. */
  announced?: boolean;
}

/** `/connections` gives fewer rows than asked for, although there are more. */
export interface SandboxPageCap extends SandboxFaultTiming {
  /** Names the fault. */
  kind: "page_cap";
  /** Most rows on the page. */
  rows: number;
}

/** Everything that can go wrong, as data. */
export type SandboxFault =
  | SandboxDelay
  | SandboxDrop
  | SandboxTruncate
  | SandboxStall
  | SandboxStatus
  | SandboxRateLimit
  | SandboxNoClient
  | SandboxRebase
  | SandboxHtml
  | SandboxAnswer
  | SandboxPatch
  | SandboxHuge
  | SandboxPageCap;

/** What a matcher of {@linkcode Sandbox.failNext} is shown. */
export interface SandboxAsked {
  /** Which endpoint was asked. */
  readonly endpoint: SandboxEndpoint;
  /** HTTP method. */
  readonly method: string;
  /** The URL. */
  readonly url: URL;
}

/** Which requests a fault is for: those of one endpoint, all (`"*"`), or those that a function picks. */
export type SandboxTarget =
  | SandboxEndpoint
  | "*"
  | ((asked: SandboxAsked) => boolean);

/** The faults that stay until they are replaced. An endpoint's own one goes before the one of `"*"`. */
export type SandboxFaults = Readonly<
  Partial<Record<SandboxEndpoint | "*", SandboxFault>>
>;
