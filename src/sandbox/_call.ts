import { isObject } from "../_internal/json.ts";
import type { State } from "./_state.ts";
import type { SandboxEndpoint } from "./requests.ts";
import { writeXml } from "./_xml_writer.ts";

/** One request on its way through the sandbox. */
export interface Call {
  readonly state: State;
  readonly request: Request;
  readonly url: URL;
  /** Aborts when the server closes, or in this process when the caller gives up. */
  readonly signal: AbortSignal;
  /** Whether answers are written in XML. */
  readonly xml: boolean;
  /** A parameter of the route, percent-decoded. */
  readonly param: (name: string) => string;
  /** Set by a fault: most rows on a page of connections. */
  pageCap?: number;
  /** Set by a fault: members put over those of the answer. */
  patch?: Readonly<Record<string, unknown>>;
}

/** An endpoint: where it is, and what it does. */
export interface Route {
  readonly endpoint: SandboxEndpoint;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Whether it answers without a bearer token. */
  readonly open?: true;
  /** Whether it answers in JSON even to those who accept XML. */
  readonly jsonOnly?: (state: State) => boolean;
  readonly answer: (call: Call) => Response | Promise<Response>;
}

/** How an answer is written. */
export interface AnswerInit {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

// `no-transform` keeps servers from compressing, which would change lengths that faults are about.
const HEADERS = { "cache-control": "no-store, no-transform" };

// The statuses with which a Response refuses a body.
const BODILESS = [204, 205, 304];

/** Answers with JSON, or XML where that is what the caller gets. */
export function answer(
  call: Call,
  body: unknown,
  init: AnswerInit = {},
): Response {
  const { status = 200, headers = {} } = init;
  const patched = status < 300 && call.patch && isObject(body)
    ? { ...body, ...call.patch }
    : body;
  return bytesAnswer(call.xml ? writeXml(patched) : JSON.stringify(patched), {
    status,
    headers: { "content-type": contentTypeOf(call), ...headers },
  });
}

/** Answers with text or bytes as they are. */
export function bytesAnswer(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  init: {
    status?: number;
    headers?: Readonly<Record<string, string>>;
  } = {},
): Response {
  const { status = 200, headers } = init;
  return new Response(BODILESS.includes(status) ? null : body, {
    status,
    headers: { ...HEADERS, ...headers },
  });
}

/** Answers with an error body. */
export function errorAnswer(
  call: Call,
  error: {
    status: number;
    key?: string | undefined;
    message: string;
    details?: Readonly<Record<string, unknown>> | undefined;
  },
  init: Omit<AnswerInit, "status"> = {},
): Response {
  const { status, key, message, details } = error;
  return answer(call, { error: message, error_key: key, ...details }, {
    ...init,
    status,
  });
}

/** The content type of what {@linkcode answer} writes. */
export function contentTypeOf(call: Call): string {
  return call.xml ? "application/xml; charset=utf-8" : "application/json";
}

/** Tells whether the caller asks for XML. */
export function wantsXml(request: Request): boolean {
  return /\bapplication\/xml\b/i.test(request.headers.get("accept") ?? "");
}

/** A whole number from the query, held within bounds; the default where it is absent or no number. */
export function queryNumber(
  call: Call,
  name: string,
  bounds: { usual: number; min: number; max: number },
): number {
  const text = call.url.searchParams.get(name) ?? "";
  const asked = /^-?\d+$/.test(text) ? Number(text) : bounds.usual;
  return Math.min(Math.max(asked, bounds.min), bounds.max);
}
