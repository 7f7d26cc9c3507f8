import { toBase64 } from "../../src/_internal/base64.ts";
import { jumpingClock } from "../_support/clock.ts";
import {
  type Credentials,
  FlowFlex,
  type FlowFlexSetup,
} from "../../src/flowflex/mod.ts";

export const API_KEY = "cik_planted-key";
export const API_SECRET = "cisk_planted/secret+é";
export const SIGNATURE = "planted-5ignature-of-the-upload";

export type Step = "upload_url" | "upload" | "event";

/** One request as the platform or its storage saw it. */
export interface Seen {
  readonly step: Step;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** An event that was taken. */
export interface Taken {
  readonly event: string;
  readonly key: string;
  readonly text: string;
  readonly body: unknown;
}

/** A platform and its storage on two ports, as strict as the real ones. */
export interface Platform extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  readonly events: Taken[];
  /** Bytes of the assets by their ids. */
  readonly stored: Map<string, Uint8Array>;
  /** Media types that were asked for, by asset. */
  readonly asked: Map<string, { filename: string; mime: string; size: number }>;
  /** Answers in place of the platform; `nth` counts the requests of the step from 1. */
  answer: (
    step: Step,
    nth: number,
  ) => Response | undefined | Promise<Response | undefined>;
  /** Requests of a step. */
  count(step: Step): number;
  /** Resolves when the servers close: what an answer waits for in order to hang. */
  readonly closing: Promise<Response>;
  /** The key pair that is taken. */
  login: string;
}

export function startPlatform(): Platform {
  const closing = Promise.withResolvers<Response>();
  const serve = (
    handle: (request: Request) => Promise<Response>,
  ): Deno.HttpServer<Deno.NetAddr> =>
    Deno.serve(
      {
        port: 0,
        hostname: "127.0.0.1",
        onListen: () => {},
        // A body that breaks off is what some tests are about.
        onError: () => new Response(null, { status: 500 }),
      },
      handle,
    );
  const take = async (
    step: Step,
    request: Request,
  ): Promise<Seen & { nth: number }> => {
    const { pathname, search } = new URL(request.url);
    const seen: Seen = {
      step,
      path: pathname + search,
      headers: request.headers,
      body: await request.bytes(),
    };
    platform.seen.push(seen);
    return { ...seen, nth: platform.count(step) };
  };
  const storage = serve(async (request) => {
    const seen = await take("upload", request);
    const faked = await answered(seen);
    return faked ?? store(platform, request, seen);
  });
  const storageUrl = `http://127.0.0.1:${storage.addr.port}`;
  const api = serve(async (request) => {
    const { pathname } = new URL(request.url);
    const step = pathname.endsWith("/upload-url") ? "upload_url" : "event";
    const seen = await take(step, request);
    const faked = await answered(seen);
    if (faked) return faked;
    const refused = refuse(platform, request);
    if (refused) return refused;
    return step === "event"
      ? takeEvent(platform, seen)
      : giveUrl(platform, seen, storageUrl);
  });
  const answered = async (
    { step, nth }: Seen & { nth: number },
  ): Promise<Response | undefined> =>
    await Promise.race([platform.answer(step, nth), closing.promise]);
  const platform: Platform = {
    url: `http://127.0.0.1:${api.addr.port}`,
    seen: [],
    events: [],
    stored: new Map(),
    asked: new Map(),
    answer: () => undefined,
    count: (step) => platform.seen.filter((each) => each.step === step).length,
    closing: closing.promise,
    login: `${API_KEY}:${API_SECRET}`,
    async [Symbol.asyncDispose](): Promise<void> {
      closing.resolve(new Response(null, { status: 500 }));
      await Promise.all([api.shutdown(), storage.shutdown()]);
    },
  };
  return platform;
}

function refuse(platform: Platform, request: Request): Response | undefined {
  const login = toBase64(new TextEncoder().encode(platform.login));
  if (request.headers.get("authorization") !== `Basic ${login}`) {
    const body = { error: "Bad credentials", code: "UNAUTHORIZED" };
    return Response.json(body, { status: 401 });
  }
  const isJson = request.headers.get("content-type") === "application/json";
  if (request.method === "POST" && isJson) return undefined;
  return Response.json({ error: "Bad request" }, { status: 400 });
}

function giveUrl(platform: Platform, seen: Seen, storage: string): Response {
  const { filename, mime, size } = JSON.parse(textOf(seen.body));
  if (typeof filename !== "string" || typeof mime !== "string") {
    return Response.json({ error: "Bad request" }, { status: 400 });
  }
  const assetId = `as_${platform.asked.size + 1}`;
  platform.asked.set(assetId, { filename, mime, size });
  const uploadUrl = `${storage}/bucket/${assetId}?X-Amz-Signature=${SIGNATURE}`;
  return Response.json({ assetId, uploadUrl, token: "tk_1" });
}

function store(platform: Platform, request: Request, seen: Seen): Response {
  const { pathname, searchParams } = new URL(request.url);
  const id = pathname.split("/").at(-1) ?? "";
  const { headers } = request;
  const asked = platform.asked.get(id);
  const isSigned = searchParams.get("X-Amz-Signature") === SIGNATURE;
  // Both at once is what the real storage refuses as well.
  if (headers.has("authorization")) return storageError(400, "InvalidArgument");
  if (request.method !== "PUT" || !isSigned || !asked) {
    return storageError(403, "AccessDenied");
  }
  if (headers.get("content-length") !== String(seen.body.length)) {
    return storageError(411, "MissingContentLength");
  }
  if (headers.get("content-type") !== asked.mime) {
    return storageError(403, "SignatureDoesNotMatch");
  }
  if (asked.size !== undefined && asked.size !== seen.body.length) {
    return storageError(400, "EntityTooLarge");
  }
  platform.stored.set(id, seen.body);
  return new Response();
}

/** As S3 answers; it repeats the signature on purpose. */
export function storageError(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code>` +
    `<SignatureProvided>${SIGNATURE}</SignatureProvided></Error>`;
  const headers = { "content-type": "application/xml" };
  return new Response(body, { status, headers });
}

function takeEvent(platform: Platform, { headers, body }: Seen): Response {
  const text = textOf(body);
  const missing = [...text.matchAll(/"(as_\d+)"/g)]
    .filter(([, id]) => !platform.stored.has(id ?? ""));
  if (missing.length > 0) {
    const failed = { error: "No such asset", code: "ASSET_FILE_MISSING" };
    return Response.json(failed, { status: 422 });
  }
  platform.events.push({
    event: headers.get("x-event") ?? "",
    key: headers.get("x-idempotency-key") ?? "",
    text,
    body: JSON.parse(text),
  });
  return Response.json({ accepted: true, id: "ev_1" }, { status: 202 });
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What a test may set of a client. */
export type ClientOptions = Partial<FlowFlexSetup> & {
  credentials?: Credentials;
};

/** A client of the platform whose waits take no time. */
export function clientOf(
  platform: { readonly url: string },
  { credentials, ...options }: ClientOptions = {},
): FlowFlex {
  return new FlowFlex({
    credentials: credentials ?? { apiKey: API_KEY, apiSecret: API_SECRET },
    integrationCode: "ic_1",
    baseUrl: platform.url,
    clock: jumpingClock(),
    random: () => 1,
    ...options,
  });
}

/** Everything that somebody could print of an error. */
export function spill(error: unknown): string {
  const parts: string[] = [];
  let next = error;
  while (next instanceof Error) {
    parts.push(next.message, next.stack ?? "", JSON.stringify(next));
    parts.push(Deno.inspect(next, { depth: 20, showHidden: true }));
    next = next.cause;
  }
  return parts.join("\n");
}
