import { toBase64 } from "../_internal/base64.ts";
import { decodeUtf8Lossy, encodeUtf8 } from "../_internal/bytes.ts";
import { isObject, parseJson, text } from "../_internal/json.ts";
import type {
  FlowFlexSandboxAsset,
  FlowFlexSandboxClient,
  FlowFlexSandboxEvent,
  FlowFlexSandboxStep,
} from "./flowflex.ts";
import { randomText } from "./options.ts";

interface Asset extends FlowFlexSandboxAsset {
  readonly size: unknown;
  readonly signature: string;
}

interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const BASE = "https://flowflex.example";
const STORAGE = "https://storage.example";
const CODE = "ic_sandbox";

/** The platform and its storage behind one `fetch`. */
export class FlowFlexPlatform {
  readonly client: FlowFlexSandboxClient = {
    apiKey: "cik_sandbox",
    apiSecret: `cisk_${randomText()}`,
    integrationCode: CODE,
    baseUrl: BASE,
    fetch: (url, init) => this.#fetch(url, init),
  };
  readonly events: FlowFlexSandboxEvent[] = [];
  readonly assets: Map<string, Asset> = new Map();
  readonly requests: FlowFlexSandboxStep[] = [];
  readonly #failures: { step: FlowFlexSandboxStep; answer: () => Response }[] =
    [];
  #minted = 0;

  failNext(step: FlowFlexSandboxStep, answer: () => Response): void {
    this.#failures.push({ step, answer });
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    init.signal?.throwIfAborted();
    const { method = "GET", body = null } = init;
    const headers = new Headers(init.headers);
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    const call: Call = { url, method, headers, body: bytes };
    const step = stepOf(call);
    if (!step) return refuse(404, "NOT_FOUND");
    this.requests.push(step);
    const next = this.#failures.findIndex((each) => each.step === step);
    const [failure] = next < 0 ? [] : this.#failures.splice(next, 1);
    if (failure) return failure.answer();
    if (step === "upload") return this.#store(call);
    return this.#refusal(call) ??
      (step === "event" ? this.#take(call) : this.#mint(call));
  }

  #refusal({ method, headers }: Call): Response | undefined {
    const { apiKey, apiSecret } = this.client;
    const login = toBase64(encodeUtf8(`${apiKey}:${apiSecret}`));
    if (headers.get("authorization") !== `Basic ${login}`) {
      return refuse(401, "UNAUTHORIZED");
    }
    const isJson = headers.get("content-type") === "application/json";
    return method === "POST" && isJson ? undefined : refuse(400, "BAD_REQUEST");
  }

  #mint({ body }: Call): Response {
    const asked = jsonOf(body);
    const object = isObject(asked) ? asked : {};
    const filename = text(object, "filename");
    const mime = text(object, "mime");
    if (filename === null || mime === null) return refuse(400, "BAD_REQUEST");
    const id = `as_${++this.#minted}`;
    const signature = randomText();
    const { size } = object;
    this.assets.set(id, { filename, mime, size, signature, bytes: undefined });
    const uploadUrl = `${STORAGE}/${id}?signature=${signature}`;
    return Response.json({ assetId: id, uploadUrl });
  }

  #store({ url, method, headers, body }: Call): Response {
    const id = url.pathname.slice(1);
    const asset = this.assets.get(id);
    const isSigned = url.searchParams.get("signature") === asset?.signature;
    // As a presigned URL has it: what was not signed must not come along.
    if (!asset || !isSigned || method !== "PUT") return deny("AccessDenied");
    if (headers.has("authorization")) return deny("InvalidArgument");
    if (headers.get("content-type") !== asset.mime) {
      return deny("SignatureDoesNotMatch");
    }
    if (asset.size !== undefined && asset.size !== body.length) {
      return deny("EntityTooLarge");
    }
    this.assets.set(id, { ...asset, bytes: body });
    return new Response();
  }

  #take({ headers, body }: Call): Response {
    const name = headers.get("x-event") ?? "";
    const idempotencyKey = headers.get("x-idempotency-key") ?? "";
    const value = jsonOf(body);
    if (name === "" || idempotencyKey === "" || !isObject(value)) {
      return refuse(400, "BAD_REQUEST");
    }
    const index = this.events.findIndex((each) =>
      each.idempotencyKey === idempotencyKey
    );
    if (index >= 0) return taken(index);
    if (namesMissing(value, this.assets)) {
      return refuse(422, "ASSET_FILE_MISSING");
    }
    this.events.push({ name, idempotencyKey, body: value });
    return taken(this.events.length - 1);
  }
}

function stepOf({ url }: Call): FlowFlexSandboxStep | undefined {
  if (url.origin === STORAGE) return "upload";
  if (url.href === `${BASE}/v1/assets/upload-url`) return "upload_url";
  return url.href === `${BASE}/v1/events/${CODE}` ? "event" : undefined;
}

function namesMissing(
  value: unknown,
  assets: ReadonlyMap<string, Asset>,
): boolean {
  if (typeof value === "string") {
    return /^as_\d+$/.test(value) && !assets.get(value)?.bytes;
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((each) => namesMissing(each, assets));
}

function jsonOf(body: Uint8Array): unknown {
  return parseJson(decodeUtf8Lossy(body));
}

function taken(index: number): Response {
  return Response.json({ id: `ev_${index + 1}` }, { status: 202 });
}

function refuse(status: number, code: string): Response {
  return Response.json({ error: `Refused: ${code}`, code }, { status });
}

function deny(code: string): Response {
  const headers = { "content-type": "application/xml" };
  const body = `<Error><Code>${code}</Code></Error>`;
  return new Response(body, { status: 403, headers });
}
