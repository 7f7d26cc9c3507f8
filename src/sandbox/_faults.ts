import { encodeUtf8 } from "../_internal/bytes.ts";
import { brokenBody, paddedBody, stalledBody } from "./_bodies.ts";
import {
  answer,
  bytesAnswer,
  type Call,
  contentTypeOf,
  errorAnswer,
} from "./_call.ts";
import type {
  SandboxAnswer,
  SandboxFault,
  SandboxHuge,
  SandboxStatus,
  SandboxTruncate,
} from "./faults.ts";

type Kind = SandboxFault["kind"];
type FaultOf<K extends Kind> = Extract<SandboxFault, { kind: K }>;

/** A fault at work on a call; `work` is what the endpoint would do. */
interface Strike<K extends Kind> {
  readonly fault: FaultOf<K>;
  readonly call: Call;
  readonly work: () => Promise<Response>;
}

const STRIKES: {
  readonly [K in Kind]: (strike: Strike<K>) => Response | Promise<Response>;
} = {
  delay: ({ work }) => work(),
  drop: ({ call }) => drop(call),
  truncate,
  stall,
  status: ({ fault, call }) => status(call, fault),
  rate_limit: ({ fault, call }) =>
    status(call, {
      ...fault,
      kind: "status",
      status: 429,
      errorKey: "rate.limited",
      message: "Too many requests",
    }),
  no_client: ({ fault, call }) =>
    status(call, {
      ...fault,
      kind: "status",
      status: 403,
      errorKey: "company_data.no_client",
      message: "The token belongs to no service",
    }),
  rebase: ({ fault, call }) =>
    status(call, {
      ...fault,
      kind: "status",
      status: 421,
      errorKey: "region.rebase_required",
      message: "The service lives in another region",
      details: { api_url: fault.apiUrl },
    }),
  html: ({ fault }) =>
    bytesAnswer("<!doctype html><title>Gateway</title><p>Please wait", {
      status: fault.status ?? 200,
      headers: { "content-type": "text/html; charset=utf-8" },
    }),
  answer: ({ fault, call }) => anyAnswer(call, fault),
  patch({ fault, call, work }): Promise<Response> {
    call.patch = fault.members;
    return work();
  },
  huge: ({ fault, call }) => huge(call, fault),
  page_cap({ fault, call, work }): Promise<Response> {
    call.pageCap = fault.rows;
    return work();
  },
};

/** Tells whether there is such a kind of fault. */
export function isFaultKind(kind: unknown): boolean {
  return typeof kind === "string" && Object.hasOwn(STRIKES, kind);
}

/** Lets a fault strike a call. */
export async function applyFault<K extends Kind>(
  strike: Strike<K>,
): Promise<Response> {
  const { fault, call, work } = strike;
  if (fault.delayMs) await call.state.clock.sleep(fault.delayMs, call.signal);
  if (losesWork(fault)) await (await work()).body?.cancel();
  const kind: K = fault.kind;
  return await STRIKES[kind](strike);
}

/** Tells whether the endpoint does its work only for the answer to be lost. */
function losesWork(fault: SandboxFault): boolean {
  if (fault.kind === "drop") return (fault.when ?? "after") === "after";
  return "when" in fault && fault.when === "after";
}

function drop(call: Call): Response {
  const response = bytesAnswer(brokenBody(new Uint8Array()), {
    headers: { "content-type": contentTypeOf(call) },
  });
  call.state.dropped.add(response);
  return response;
}

async function truncate(
  { fault, work }: Strike<"truncate">,
): Promise<Response> {
  const response = await work();
  const whole = new Uint8Array(await response.arrayBuffer());
  const part = whole.slice(0, fault.bytes);
  return shortened(response, fault, { part, length: whole.length });
}

function shortened(
  response: Response,
  fault: SandboxTruncate,
  body: { part: Uint8Array<ArrayBuffer>; length: number },
): Response {
  const headers = new Headers(response.headers);
  if (fault.clean) {
    return new Response(body.part, { status: response.status, headers });
  }
  headers.set("content-length", String(body.length));
  return new Response(brokenBody(body.part), {
    status: response.status,
    headers,
  });
}

async function stall(
  { fault, call, work }: Strike<"stall">,
): Promise<Response> {
  const response = await work();
  const part = new Uint8Array(await response.arrayBuffer())
    .slice(0, fault.bytes ?? 0);
  return new Response(stalledBody(part, call.signal), response);
}

function status(call: Call, fault: SandboxStatus): Response {
  const { status, errorKey, message, details, headers, retryAfter } = fault;
  return errorAnswer(call, {
    status,
    key: errorKey,
    message: message ?? `The sandbox answers ${status}`,
    details,
  }, {
    headers: {
      ...retryAfter === undefined
        ? {}
        : { "retry-after": retryAfterText(retryAfter) },
      ...headers,
    },
  });
}

function retryAfterText(retryAfter: number | Date | string): string {
  return retryAfter instanceof Date
    ? retryAfter.toUTCString()
    : String(retryAfter);
}

function anyAnswer(call: Call, fault: SandboxAnswer): Response {
  const { body, status = 200, contentType = "application/json" } = fault;
  const headers = { "content-type": contentType };
  if (typeof body === "string") return bytesAnswer(body, { status, headers });
  if (body instanceof Uint8Array) {
    return bytesAnswer(Uint8Array.from(body), { status, headers });
  }
  return answer(call, body, { status });
}

function huge(call: Call, { bytes, announced }: SandboxHuge): Response {
  const parts = call.xml
    ? { head: "<response><padding>", tail: "</padding></response>" }
    : { head: '{"padding":"', tail: '"}' };
  const least = encodeUtf8(parts.head + parts.tail).length;
  const length = Math.max(bytes, least);
  return bytesAnswer(paddedBody(parts, length), {
    headers: {
      "content-type": contentTypeOf(call),
      ...announced ? { "content-length": String(length) } : {},
    },
  });
}
