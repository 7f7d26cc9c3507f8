import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { isObject, parseJson, text } from "../_internal/json.ts";
import { UploadError } from "../errors.ts";
import { readBaseUrl } from "../http/base_url.ts";
import { type FetchLike, type HttpAnswer, send } from "../http/send.ts";
import type { Api } from "./_api.ts";
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
import type { FlowFlexSettings } from "./client_options.ts";
import { type FileRef, sourceOf } from "./file.ts";

/** What uploads are made with. */
export interface UploadTools {
  readonly settings: FlowFlexSettings;
  readonly api: Api;
  readonly scope: Scope;
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
  { settings, scope }: UploadTools,
): Promise<Measured> {
  const size = await scope.within(sourceOf(ref).size());
  const { maxFileBytes } = settings;
  const purpose = purposeOf("file", ref, "use the file");
  if (ref.size !== undefined && ref.size !== size) {
    const state = `${ref.size} bytes were declared, and it has ${size}`;
    throw failure(state, purpose);
  }
  if (size <= maxFileBytes) return { ref, size };
  throw failure(
    `it has ${size} bytes, and "maxFileBytes" is ${maxFileBytes}`,
    purpose,
  );
}

/** Asks where to put a file. */
export async function requestTarget(
  { filename, mime, size }: UploadRequest,
  { settings: { base }, api, scope }: UploadTools,
): Promise<UploadTarget> {
  const doing = "get an upload URL for the file";
  const purpose: Purpose = { step: "upload_url", doing, filename };
  const body = JSON.stringify({ filename, mime, size });
  const path = ["v1", "assets", "upload-url"];
  const answer = await api.post({ path, body, purpose, scope });
  return readTarget(answer, { purpose, mayBePlain: isLoopback(new URL(base)) });
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

// A name or a password in it would go along as a header. Plain http is for trying things out on one machine: a platform
// elsewhere would have the file put to a port of this host that whoever runs here may listen at.
function isSafe(url: URL, mayBePlain: boolean): boolean {
  const { protocol, username, password } = url;
  const isPlain = protocol === "http:" && mayBePlain && isLoopback(url);
  return (protocol === "https:" || isPlain) && username === "" &&
    password === "";
}

// Http is taken there and nowhere else.
function isLoopback({ host }: URL): boolean {
  return "base" in readBaseUrl(`http://${host}`);
}

/** Puts a file where the platform said. The request carries its media type and length, and no credentials. */
export async function putFile(
  { ref, size }: Measured,
  options: {
    target: UploadTarget;
    tools: UploadTools;
    onBytes(count: number): void;
  },
): Promise<void> {
  const { target, tools: { settings, api, scope }, onBytes } = options;
  const { attemptTimeoutMs, maxRetries, tools } = settings;
  const purpose = purposeOf("upload", ref, "upload the file");
  const body = openBody({ ref, size }, { scope, onBytes });
  try {
    const answer = await send({
      url: target.url,
      method: "PUT",
      headers: { "content-type": ref.mime },
      timeoutMs: scope.remainingMs(),
      attemptTimeoutMs,
      maxResponseBytes: MOST_ANSWER_BYTES,
      retry: true,
      maxRetries,
      retryStatuses: RETRY_STATUSES,
      secrets: [...api.secrets, ...target.url.searchParams.values()],
      signal: scope.signal,
    }, { ...tools, fetch: body.feeding(tools.fetch) });
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
  { scope, onBytes }: { scope: Scope; onBytes(count: number): void },
): UploadBody {
  const source = sourceOf(ref);
  let last: CountedStream | undefined;
  const onFailure = (error: unknown): void =>
    scope.fail(sourceFailure(error, ref));
  const open = (): CountedStream["stream"] => {
    last = countedStream(source.open(), { size, onBytes, onFailure });
    return last.stream;
  };
  const close = async (): Promise<void> => await last?.close();
  return {
    close,
    feeding: (fetch) => async (url, init) => {
      await close();
      const body = source.blob && source.blob.size > 0
        ? source.blob
        : await sizedBody(open, size);
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
