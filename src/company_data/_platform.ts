import { type Bytes, tryDecodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import { ApiError } from "../errors.ts";
import type { Http, HttpAnswer, HttpPath, HttpQuery } from "../http/request.ts";
import type { FetchedFile } from "./binary.ts";
import { readRequestFields, type RequestField } from "./models.ts";
import { XmlError } from "./_xml_error.ts";
import { parseXml } from "./xml.ts";

/** How the platform serialises its answers. */
export type Format = "json" | "xml";

/** A page of a listing. */
export interface ListPage {
  /** How many there are in all; `undefined` when the platform does not say. */
  readonly total: number | undefined;
  /** What it holds, whatever it is. */
  readonly rows: readonly unknown[];
}

const BASE = ["api", "company-data"] as const;

/** The endpoints of the platform, as far as they are about reading. */
export class Platform {
  readonly #http: Http;
  readonly #format: Format;

  constructor(http: Http, format: Format) {
    this.#http = http;
    this.#format = format;
  }

  /** `GET /request-fields`. */
  async requestFields(): Promise<RequestField[]> {
    const answer = await this.#read([...BASE, "request-fields"]);
    const fields = readRequestFields(answer);
    if (fields) return fields;
    throw unusable(200, "the answer has no list of request fields");
  }

  /** `GET /connections` or `GET /logs`. */
  async list(
    name: "connections" | "logs",
    query: { limit: number; offset: number },
    signal?: AbortSignal,
  ): Promise<ListPage> {
    const answer = await this.#read([...BASE, name], {
      query,
      ...(signal && { signal }),
    });
    if (!isObject(answer)) {
      throw unusable(200, `the list of ${name} is not an object`);
    }
    const items = member(answer, "items");
    // An empty list in XML is an empty text.
    if (items === "") return { total: countOf(answer), rows: [] };
    if (!Array.isArray(items)) {
      throw unusable(200, `the list of ${name} has no items`);
    }
    return { total: countOf(answer), rows: items };
  }

  /** `GET /connections/{id}`. */
  async connection(id: string): Promise<JsonObject> {
    const answer = await this.#read([...BASE, "connections", id]);
    const rows = isObject(answer) && !("values" in answer)
      ? member(answer, "items")
      : undefined;
    const row = Array.isArray(rows) ? rows[0] : answer;
    if (isObject(row)) return row;
    throw unusable(200, "the connection is not an object");
  }

  /**
   * `GET /changes`, as bytes. Whatever arrives is the only copy: the server has deleted it. So a body that breaks off
   * is given out as far as it came, and nothing but a 429, which hands out nothing, is tried again: a repeat would
   * ask for the next page and leave the lost one lost without a word. The signal of the caller does not reach here
   * for the same reason.
   *
   * @param webhookId The webhook whose backlog is asked for instead of the feed.
   */
  async changes(limit: number, webhookId?: string): Promise<HttpAnswer> {
    const answer = await this.#http.send({
      path: [...BASE, "changes"],
      query: { limit, webhook_id: webhookId },
      accept: this.#accept,
      retry: false,
      destructive: true,
    });
    if (answer.broken && isBlankText(answer.body)) throw cutOff();
    return answer;
  }

  /** Gets a file by the address that the platform gave. */
  async file(url: string, signal?: AbortSignal): Promise<FetchedFile> {
    const { headers, body } = await this.#http.send({
      path: fileUrl(url),
      accept: this.#accept,
      retry: true,
      ...(signal && { signal }),
    });
    return {
      contentType: headers.get("content-type"),
      contentSha256: headers.get("x-allus-content-sha256"),
      body,
    };
  }

  /** Reads the XML of a page. */
  xml(body: Bytes): Promise<unknown> {
    // The length was bounded when it was fetched; another bound now would split a page that is stored in another way.
    return parseXml(body, { maxBytes: Math.max(1, body.length) });
  }

  /** In which format an answer is; what its header says goes before what was asked for. */
  formatOf(headers: Headers): Format {
    const type = headers.get("content-type") ?? "";
    if (/json/i.test(type)) return "json";
    return /\/xml|\+xml/i.test(type) ? "xml" : this.#format;
  }

  get #accept(): string {
    return `application/${this.#format}`;
  }

  async #read(
    path: HttpPath,
    options: { query?: HttpQuery; signal?: AbortSignal } = {},
  ): Promise<unknown> {
    const answer = await this.#http.send({
      path,
      accept: this.#accept,
      retry: true,
      ...options,
    });
    const value = await this.#parse(answer);
    if (value !== undefined) return value;
    const format = this.formatOf(answer.headers);
    throw unusable(
      answer.status,
      `the answer is not valid ${format === "xml" ? "XML" : "JSON"}`,
    );
  }

  async #parse({ headers, body }: HttpAnswer): Promise<unknown> {
    if (body.length === 0) return {};
    if (this.formatOf(headers) === "json") return parseJson(textOf(body));
    return await this.xml(body).catch(onlyXmlError);
  }
}

/** Reads the object of an error body, whose format is told by its first character. */
export async function parseErrorBody(
  body: Uint8Array,
): Promise<JsonObject | undefined> {
  const source = textOf(body).trim();
  const value = source.startsWith("<")
    ? await parseXml(source).catch(onlyXmlError)
    : parseJson(source);
  return isObject(value) ? value : undefined;
}

function onlyXmlError(error: unknown): undefined {
  if (!(error instanceof XmlError)) throw error;
}

// What is not UTF-8 is neither JSON (RFC 8259 section 8.1) nor the XML of this platform.
function textOf(body: Uint8Array): string {
  return tryDecodeUtf8(body) ?? "";
}

function isBlankText(body: Bytes): boolean {
  return body.every((byte) => byte <= 0x20);
}

function cutOff(): ApiError {
  return new ApiError({
    status: 0,
    errorKey: "sluice.feed_cut_off",
    apiMessage: "the connection ended before a page arrived",
    retryable: true,
  });
}

function countOf(answer: JsonObject): number | undefined {
  const total = member(answer, "total");
  // In XML a number is text.
  return /^\d{1,15}$/.test(String(total)) ? Number(total) : undefined;
}

function fileUrl(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw unusable(0, "the address of a file is not a URL");
}

/** An answer that came and cannot be used. */
export function unusable(status: number, apiMessage: string): ApiError {
  return new ApiError({
    status,
    errorKey: "sluice.unusable_answer",
    apiMessage,
  });
}
