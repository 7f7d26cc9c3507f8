import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import { systemRandom } from "../_internal/backoff.ts";
import { systemClock } from "../_internal/clock.ts";
import { isObject } from "../_internal/json.ts";
import { failure } from "./_failure.ts";
import { cleanFilename } from "./_filename.ts";
import { readTimeout } from "./_read_send.ts";
import { openScope } from "./_scope.ts";
import { Told } from "./_told.ts";
import { isSafe, putFile, type PutTools } from "./_upload.ts";
import type { FlowFlexSetup } from "./client_options.ts";
import { file, type FileRef } from "./file.ts";
import type { CallOptions, UploadUrl } from "./upload.ts";

/** How {@linkcode uploadWithTicket} works. */
export interface TicketOptions extends
  CallOptions,
  Pick<
    FlowFlexSetup,
    "attemptTimeoutMs" | "maxRetries" | "fetch" | "clock" | "random"
  > {
  /** Milliseconds for all of it. Default is 600,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 600_000;

/**
 * Uploads a file without credentials, in a browser above all: to where a server that has them got the ticket from
 * {@linkcode FlowFlex.createUploadUrl}.
 *
 * The ticket is good for this one file for two hours. The storage must allow the origin of the page (CORS). Give the id
 * back to the server, which names it in the payload of an event within 48 hours.
 *
 * @example A file of a form
 * ```ts
 * import { uploadWithTicket } from "@sluice/edge/flowflex";
 *
 * export async function send(input: File): Promise<void> {
 *   const { name: filename, type: mime, size } = input;
 *   const body = JSON.stringify({ filename, mime, size });
 *   const minted = await fetch("/tickets", { method: "POST", body });
 *   const asset = await uploadWithTicket(await minted.json(), input);
 *   await fetch("/orders", { method: "POST", body: JSON.stringify({ asset }) });
 * }
 * ```
 *
 * @param ticket What `createUploadUrl` gave, also after JSON.
 * @param source The file.
 * @param options Time, retries and how to send; every one has a default.
 * @returns What the platform calls the file.
 * @throws {UploadError} When it cannot be read or uploaded, or has not the length that the ticket is for.
 * @throws {TypeError} When the ticket is none, the source is no `Blob`, or an option has the wrong type.
 * @throws {RangeError} When a number among the options is out of bounds.
 */
export async function uploadWithTicket(
  ticket: UploadUrl,
  source: Blob,
  options: TicketOptions = {},
): Promise<string> {
  const timeoutMs = readTimeout(options, { timeoutMs: DEFAULT_TIMEOUT_MS });
  const settings = readSettings(options);
  const { assetId, url, mime, size } = readTicket(ticket);
  const ref = readFile(source, mime);
  if (size !== null && size !== source.size) {
    const { filename } = ref;
    const purpose = { step: "file", doing: "use the file", filename } as const;
    const state = `the ticket is for ${size} bytes, and it has ${source.size}`;
    throw failure(state, purpose);
  }
  const { clock } = settings.tools;
  const scope = openScope({ clock, timeoutMs, signal: options.signal });
  const told = new Told({ ...settings, tell: undefined });
  try {
    await putFile({ ref, size: source.size }, {
      url,
      tools: { settings, scope, told },
      secrets: [],
      file: 0,
      onBytes: () => {},
    });
    return assetId;
  } finally {
    scope.close();
  }
}

function readSettings(options: TicketOptions): PutTools["settings"] {
  const settings = {
    attemptTimeoutMs: options.attemptTimeoutMs,
    maxRetries: options.maxRetries ?? 3,
    tools: {
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    },
  } satisfies PutTools["settings"];
  assertMs(settings.attemptTimeoutMs ?? 0, "attemptTimeoutMs");
  assertInteger(settings.maxRetries, "maxRetries", { min: 0 });
  assertFunction(settings.tools.fetch, "fetch");
  assertFunction(settings.tools.random, "random");
  return settings;
}

interface Ticket extends Pick<UploadUrl, "assetId" | "mime" | "size"> {
  readonly url: URL;
}

function readTicket(ticket: unknown): Ticket {
  const { assetId, uploadUrl, mime, size = null } = Object(
    isObject(ticket) ? ticket : undefined,
  ) as Partial<UploadUrl>;
  const hasSize = size === null || Number.isSafeInteger(size);
  if (
    typeof assetId === "string" && assetId !== "" && hasSize &&
    typeof mime === "string" && typeof uploadUrl === "string" &&
    URL.canParse(uploadUrl)
  ) {
    const url = new URL(uploadUrl);
    // Who minted it has judged whether the platform may name a port of this host.
    if (isSafe(url, true)) return { assetId, url, mime, size };
  }
  // Whoever has the URL can write the file, so it goes into no message.
  throw new TypeError("Cannot use ticket: wanted what createUploadUrl() gives");
}

function readFile(source: unknown, mime: string): FileRef {
  if (!(source instanceof Blob)) {
    throw new TypeError("Cannot use source: wanted a File or a Blob");
  }
  // The platform knows its name already; this one is for errors.
  const own = source instanceof File ? cleanFilename(source.name) : undefined;
  return file(source, { filename: own ?? "file", mime });
}
