import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { isObject, parseJson, text } from "../_internal/json.ts";
import { UploadError } from "../errors.ts";
import { readBaseUrl } from "../http/base_url.ts";
import { type FetchLike, type HttpAnswer, send } from "../http/send.ts";
import { Api } from "./_api.ts";
import { type CountedStream, countedStream } from "./_counted_stream.ts";
import {
  failure,
  isTaken,
  type Purpose,
  RETRY_STATUSES,
  storageRefusal,
  unanswered,
  unusable,
} from "./_failure.ts";
import type { Scope } from "./_scope.ts";
import { sizedBody } from "./_sized_body.ts";
import type { Told } from "./_told.ts";
import { Head } from "./_head.ts";
import type { FlowFlexSettings } from "./client_options.ts";
import { type FileRef, sourceOf } from "./file.ts";

/** What bounds a file that is read. */
export interface MeasureTools {
  readonly settings: Pick<FlowFlexSettings, "maxFileBytes">;
  readonly scope: Scope;
}

/** What a file is put into the storage with: no credentials. */
export interface PutTools {
  readonly settings: Pick<
    FlowFlexSettings,
    "attemptTimeoutMs" | "maxRetries" | "tools"
  >;
  readonly scope: Scope;
  readonly told: Told;
}

/** What one call of a method works with. */
export interface UploadTools extends PutTools {
  readonly settings: FlowFlexSettings;
  readonly api: Api;
}

/** What one call of a method works with, made of what is its own. */
export function uploadTools(
  settings: FlowFlexSettings,
  { scope, told }: { scope: Scope; told: Told },
): UploadTools {
  return { settings, scope, told, api: new Api(settings, scope) };
}

/** Where a file goes. */
export interface UploadTarget {
  readonly assetId: string;
  readonly url: URL;
  readonly token: string | undefined;
}

/** A file whose length is known. */
export interface Measured {
  readonly ref: FileRef;
  readonly size: number;
}

/** What the platform is asked with. */
export interface UploadRequest {
  readonly filename: string;
  readonly mime: string;
  readonly size?: number;
}

const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_ID_CHARS = 1_024;

/**
 * Asks for the length of a file, before anything of it is read.
 *
 * @throws {UploadError} when it cannot be read, is longer than it may be, or has another length than was said.
 */
export async function measure(
  ref: FileRef,
  { settings, scope }: MeasureTools,
): Promise<Measured> {
  const size = await scope.within(sourceOf(ref).size());
  const purpose = purposeOf("file", ref, "use the file");
  if (ref.size !== undefined && ref.size !== size) {
    const state = `${ref.size} bytes were declared, and it has ${size}`;
    throw failure(state, purpose);
  }
  assertNotLong(size, { purpose, settings });
  return { ref, size };
}

function assertNotLong(
  size: number,
  { purpose, settings: { maxFileBytes } }: {
    purpose: Purpose;
    settings: MeasureTools["settings"];
  },
): void {
  if (size <= maxFileBytes) return;
  throw failure(
    `it has ${size} bytes, and "maxFileBytes" is ${maxFileBytes}`,
    purpose,
  );
}

/** Asks where to put a file. */
export async function requestTarget(
  { filename, mime, size }: UploadRequest,
  { settings, api, told }: UploadTools,
): Promise<UploadTarget> {
  const file = { step: "file", doing: "use the file", filename } as const;
  assertNotLong(size ?? 0, { purpose: file, settings });
  const step = "upload_url";
  const doing = "get an upload URL for the file";
  const tries = told.tries(step, () => api.secrets);
  const purpose = { step, doing, filename, tries } as const;
  const body = JSON.stringify({ filename, mime, size });
  const path = ["v1", "assets", "upload-url"];
  const answer = await api.post({ path, body, purpose });
  return readTarget(answer, {
    purpose,
    mayBePlain: isLoopback(new URL(settings.base)),
  });
}

function readTarget(
  answer: HttpAnswer,
  { purpose, mayBePlain }: { purpose: Purpose; mayBePlain: boolean },
): UploadTarget {
  const body = parseJson(decodeUtf8Lossy(answer.body));
  const object = isObject(body) ? body : {};
  const assetId = text(object, "assetId");
  const uploadUrl = text(object, "uploadUrl");
  if (assetId === null || uploadUrl === null || isTooLong(assetId)) {
    const wanted = 'JSON with the texts "assetId" and "uploadUrl"';
    throw unusable(answer.status, { purpose, wanted });
  }
  const url = URL.canParse(uploadUrl) ? new URL(uploadUrl) : undefined;
  // Whoever has the query of it can write the file, so the URL itself goes into no message.
  if (!url || !isSafe(url, mayBePlain)) {
    const plain = mayBePlain ? ", or http on a loopback host" : "";
    const wanted = `in "uploadUrl" an https URL${plain}`;
    throw unusable(answer.status, { purpose, wanted });
  }
  return { assetId, url, token: text(object, "token") ?? undefined };
}

// It is kept in the store, where a value has its limit too.
function isTooLong(assetId: string): boolean {
  return assetId.length > MOST_ID_CHARS;
}

/**
 * Whether a file may be put there. A name or a password in it would go along as a header. Plain http is for trying
 * things out on one machine: a platform elsewhere would have the file put to a port of this host that whoever runs here
 * may listen at.
 */
export function isSafe(url: URL, mayBePlain: boolean): boolean {
  const { protocol, username, password } = url;
  const isPlain = protocol === "http:" && mayBePlain && isLoopback(url);
  return (protocol === "https:" || isPlain) && username === "" &&
    password === "";
}

// Http is taken there and nowhere else.
function isLoopback({ host }: URL): boolean {
  return "base" in readBaseUrl(`http://${host}`);
}

/** How a file is put. */
export interface PutOptions {
  readonly url: URL;
  readonly tools: PutTools;
  /** Texts that no error may repeat, besides the query of the URL. */
  readonly secrets: readonly string[];
  /** Which of the files it is, by its index. */
  readonly file: number;
  onBytes(count: number): void;
}

/** Puts a file where the platform said. The request carries its media type and length, and no credentials. */
export async function putFile(
  measured: Measured,
  options: PutOptions,
): Promise<void> {
  const { url, tools: { settings, scope, told }, onBytes } = options;
  const { ref, size } = measured;
  const { attemptTimeoutMs, maxRetries, tools } = settings;
  const secrets = [...options.secrets, ...url.searchParams.values()];
  const tries = told.tries("upload", () => secrets);
  const purpose = { ...purposeOf("upload", ref, "upload the file"), tries };
  const body = openBody(measured, options);
  try {
    const answer = await send({
      url,
      method: "PUT",
      headers: { "content-type": ref.mime },
      timeoutMs: scope.remainingMs(),
      attemptTimeoutMs,
      maxResponseBytes: MOST_ANSWER_BYTES,
      retry: true,
      maxRetries,
      retryStatuses: RETRY_STATUSES,
      secrets,
      signal: scope.signal,
    }, { ...tools, fetch: body.feeding(tries.counting(tools.fetch)) });
    if (answer.status >= 200 && answer.status < 300) return onBytes(size);
    throw storageRefusal(answer, { purpose, now: tools.clock.now() });
  } catch (error) {
    scope.throwIfOver();
    if (isTaken(error)) return onBytes(size);
    throw unanswered(error, purpose);
  } finally {
    await body.close();
  }
}

/** The body of an upload, made anew for each attempt. */
interface UploadBody {
  feeding(fetch: FetchLike): FetchLike;
  close(): Promise<void>;
}

function openBody(
  { ref, size }: Measured,
  { file, onBytes, tools: { scope, told } }: PutOptions,
): UploadBody {
  const source = sourceOf(ref);
  const head = told.isHeard
    ? new Head((head) => told.headRead(file, { declared: ref.mime, head }))
    : undefined;
  let last: CountedStream | undefined;
  const onFailure = (error: unknown): void =>
    scope.fail(sourceFailure(error, ref));
  const onPiece = (piece: Uint8Array): void => head?.add(piece);
  const open = (): CountedStream["stream"] => {
    head?.restart();
    last = countedStream(source.open(), { size, onBytes, onPiece, onFailure });
    return last.stream;
  };
  const close = async (): Promise<void> => await last?.close();
  return {
    close,
    feeding: (fetch) => async (url, init) => {
      await close();
      const blob = source.blob && size > 0 ? source.blob : undefined;
      if (blob) await head?.read(blob);
      const body = blob ?? await sizedBody(open, size);
      onBytes(0);
      return await fetch(url, { ...init, body });
    },
  };
}

/** The error of a file that broke while it was read. */
export function sourceFailure(cause: unknown, ref: FileRef): UploadError {
  const purpose = purposeOf("file", ref, "read the file");
  if (!(cause instanceof UploadError)) {
    return failure("its source failed", purpose, { cause });
  }
  const { message, step, filename } = cause;
  return new UploadError(message, {
    step,
    filename: filename ?? ref.filename,
    ...(cause.cause === undefined ? {} : { cause: cause.cause }),
  });
}

function purposeOf(
  step: Purpose["step"],
  { filename }: FileRef,
  doing: string,
): Purpose {
  return { step, doing, filename };
}
