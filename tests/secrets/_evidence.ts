import { assert } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import type { Logger } from "../../src/company_data/mod.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { jsonLogger } from "../../src/observe/mod.ts";

type Where = "error" | "log" | "event" | "dead letter" | "store" | "answer";

/** Gathers everything that a run shows to anybody, to look for secrets in it. */
export class Evidence {
  readonly #texts: { where: Where; text: string }[] = [];
  readonly #planted = new Map<string, string>();

  /** Names a secret that must be found nowhere; gives it back. */
  plant(name: string, secret: string): string {
    this.#planted.set(name, secret);
    return secret;
  }

  /** How much of a kind was gathered. A run that shows nothing proves nothing. */
  count(where: Where): number {
    return this.#texts.filter((each) => each.where === where).length;
  }

  add(where: Where, value: unknown): void {
    this.#texts.push({ where, text: textOf(value) });
  }

  /** Runs the work, which may fail, and gathers what it gives or throws. */
  async attempt(work: () => unknown): Promise<void> {
    try {
      this.add("answer", await work());
    } catch (error) {
      this.add("error", error);
    }
  }

  /** A logger whose every word is gathered, as it is and as one line of JSON. */
  get logger(): Logger {
    const json = jsonLogger({ write: (line) => this.add("log", line) });
    return {
      info: (message, fields): void => {
        this.add("log", [message, fields]);
        json.info(message, fields);
      },
      warn: (message, fields): void => {
        this.add("log", [message, fields]);
        json.warn(message, fields);
      },
    };
  }

  /** A listener whose every event is gathered. */
  get onEvent(): (event: object) => void {
    return (event) => this.add("event", event);
  }

  /** Gathers all that lies in a store. */
  async addStore(kv: KvStore): Promise<void> {
    for await (const { key, value } of kv.list({ prefix: [] })) {
      this.add("store", key);
      this.add("store", value instanceof Uint8Array ? latin(value) : value);
    }
  }

  /** Fails when a form of a planted secret is in anything that was gathered. */
  assertClean(): void {
    assert(this.#planted.size > 0, "nothing was planted");
    for (const [name, secret] of this.#planted) {
      const forms = formsOf(secret);
      for (const { where, text } of this.#texts) {
        const form = forms.find((each) => text.includes(each));
        assert(
          form === undefined,
          `${name} is in the ${where} as ${form}: ${around(text, form ?? "")}`,
        );
      }
    }
  }
}

/** Everything that somebody could print of a value. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const parts = [inspected(value), json(value)];
  const seen = new Set<unknown>();
  for (let at = value; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    parts.push(at.message, at.stack ?? "", String(at), json(at));
    parts.push(JSON.stringify(Object.entries(at)), inspected(at));
    if (at instanceof AggregateError) parts.push(...at.errors.map(textOf));
  }
  return parts.join("\n");
}

function inspected(value: unknown): string {
  return Deno.inspect(value, {
    depth: 30,
    showHidden: true,
    strAbbreviateSize: Infinity,
    iterableLimit: Infinity,
  });
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** The bytes as characters, so that ASCII in them can be found. */
function latin(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** A secret as it is, and as URLs, forms, JSON, base64 and hex have it. */
export function formsOf(secret: string): string[] {
  const bytes = encodeUtf8(secret);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const hex = toHex(bytes);
  const encoded = [0, 1, 2].flatMap((before) => base64At(bytes, before));
  return [
    ...new Set([
      secret,
      latin(bytes),
      inJson,
      inJson.replaceAll("/", "\\/"),
      JSON.stringify(inJson).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams({ "": secret }).toString().slice(1),
      hex,
      hex.toUpperCase(),
      ...encoded,
      ...encoded.map((each) => each.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
  ];
}

/** What each alignment of base64 makes of the bytes, without what their neighbours take part in. */
function base64At(bytes: Uint8Array, before: number): string[] {
  const padded = new Uint8Array(before + bytes.length);
  padded.set(bytes, before);
  const core = toBase64(padded).slice(
    Math.ceil(before * 8 / 6),
    Math.floor(padded.length * 8 / 6),
  );
  return core.length < 8 ? [] : [core];
}

function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - 120), at + form.length + 40);
}
