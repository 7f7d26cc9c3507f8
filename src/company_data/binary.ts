import type { Bytes } from "../_internal/bytes.ts";
import { hasHostFiles, writeHostFile } from "../_internal/host.ts";
import type { JsonObject } from "../_internal/json.ts";
import { DecryptError } from "../errors.ts";
import {
  checkDigest,
  type FileContent,
  fileOf,
  isWrapped,
  openWrapped,
  parseEnvelope,
} from "./_file_answer.ts";
import { SharedLoad } from "./_shared_load.ts";

/** The answer of the platform to a request for a file. */
export interface FetchedFile {
  /** The `Content-Type` header; it alone decides whether the body is the file or wraps it. */
  readonly contentType: string | null;
  /** The `X-Allus-Content-Sha256` header: 64 hexadecimal digits. */
  readonly contentSha256: string | null;
  /** The body as it came. */
  readonly body: Bytes;
}

/** What a {@linkcode BinaryHandle} needs from the client. */
export interface BinaryContext {
  /** Opens a wrapper; throws a {@linkcode DecryptError} when that cannot be. */
  decrypt(wrapper: unknown): Promise<string>;
  /** Gets a file once, or throws the `ApiError` of the answer. */
  fetchFile(url: string, signal?: AbortSignal): Promise<FetchedFile>;
}

/** Where the file of a {@linkcode BinaryHandle} comes from; neither member means that there is none. */
export interface BinarySource {
  /** The address that the platform gave for the file. */
  readonly valueUrl?: string | null;
  /** The decrypted envelope of a file that came inside its row. */
  readonly envelope?: string;
}

/** Options of the methods of {@linkcode BinaryHandle} that may fetch. */
export interface BinaryReadOptions {
  /** Stops waiting; the fetch itself goes on while another caller waits for it. */
  signal?: AbortSignal;
}

interface LoadedFile {
  readonly contentType: string | null;
  readonly contentSha256: string | null;
  readonly content: FileContent;
}

/**
 * A photo or a document of a person, fetched when it is first read.
 *
 * Making a handle asks nothing of the network. The first read gets the file once, also for callers that ask at the same
 * time, and keeps it as long as the handle lives; a failed read is not kept, so the next one tries again. The platform
 * answers either with the file itself or with a wrapper that is decrypted, which the `Content-Type` alone decides.
 * Where it sends the digest of a file that it serves as it is, the bytes are checked against it. A wrapped file is
 * authenticated by its cipher; the digest beside it is not compared, because only the platform knows over what it is.
 *
 * @example Save a photo when it changes
 * ```ts
 * import { BinaryHandle, type Change } from "@sluice/edge/company-data";
 *
 * export async function onChange(change: Change): Promise<void> {
 *   if (change.value instanceof BinaryHandle) {
 *     await change.value.save(`photos/${crypto.randomUUID()}`);
 *   }
 * }
 * ```
 */
export class BinaryHandle {
  readonly #valueUrl: string | null;
  readonly #load: SharedLoad<LoadedFile>;
  #loaded: LoadedFile | undefined;

  /** Handles come with the values of a connection or a change; there is seldom a reason to make one. */
  constructor(source: BinarySource, context: BinaryContext) {
    const { valueUrl = null, envelope = null } = source;
    this.#valueUrl = valueUrl;
    this.#load = new SharedLoad((signal) =>
      envelope === null
        ? fetchFile(valueUrl, context, signal)
        : Promise.resolve(inlineFile(envelope))
    );
  }

  /** The address of the file, `null` when it came inside its row. Opaque: do not build or change one. */
  get valueUrl(): string | null {
    return this.#valueUrl;
  }

  /** The `Content-Type` of the answer; `null` before the first successful read. */
  get contentType(): string | null {
    return this.#loaded?.contentType ?? null;
  }

  /** The digest that the platform gave; its word, not a signature. `null` before the first successful read. */
  get contentSha256(): string | null {
    return this.#loaded?.contentSha256 ?? null;
  }

  /**
   * The bytes of the file. Each call gives an array of its own.
   *
   * @returns Resolves with the decrypted file.
   * @throws {DecryptError} There is no file, it cannot be decrypted, is no envelope, or does not match its digest.
   * @throws {ApiError} The platform refused, such as 410 `company_data.file_expired`.
   */
  async bytes(options: BinaryReadOptions = {}): Promise<Bytes> {
    const { content } = await this.#read(options.signal);
    return "body" in content
      ? content.body.slice()
      : fileOf(parseEnvelope(content.envelope));
  }

  /**
   * The envelope around the file, with members such as `original_name` and `mime_type`.
   *
   * @returns Resolves with the envelope, or with `null` for a file that the platform serves without one.
   * @throws {DecryptError} There is no file, it cannot be decrypted, or is no JSON object.
   * @throws {ApiError} The platform refused.
   */
  async envelope(options: BinaryReadOptions = {}): Promise<JsonObject | null> {
    const { content } = await this.#read(options.signal);
    return "body" in content ? null : parseEnvelope(content.envelope);
  }

  /**
   * Writes the file to a path, whole or not at all: a temporary file beside it is written, synchronised and renamed. A
   * crash or a failure leaves an older file under that path as it was; only a crash leaves the temporary file behind.
   * The new file is for its owner alone (mode 600), since it holds what a person entrusted.
   *
   * @param path Where to; its folder must exist.
   * @returns Resolves with the number of bytes.
   * @throws {TypeError} The host has no filesystem; nothing was fetched.
   * @throws {DecryptError} As {@linkcode BinaryHandle.bytes}.
   * @throws {ApiError} The platform refused.
   */
  async save(
    path: string | URL,
    options: BinaryReadOptions = {},
  ): Promise<number> {
    if (!hasHostFiles()) {
      throw new TypeError(
        "Cannot save the file: this host has no filesystem, read it with bytes()",
      );
    }
    const bytes = await this.bytes(options);
    await writeHostFile(path, bytes);
    return bytes.length;
  }

  async #read(signal: AbortSignal | undefined): Promise<LoadedFile> {
    return this.#loaded = await this.#load.get(signal);
  }
}

function inlineFile(envelope: string): LoadedFile {
  return { contentType: null, contentSha256: null, content: { envelope } };
}

async function fetchFile(
  valueUrl: string | null,
  context: BinaryContext,
  signal: AbortSignal,
): Promise<LoadedFile> {
  if (!valueUrl) {
    throw new DecryptError(
      "Cannot read the file: the slot holds neither a file nor an address of one",
    );
  }
  const fetched = await context.fetchFile(valueUrl, signal);
  const { contentType, contentSha256 } = fetched;
  return { contentType, contentSha256, content: await open(fetched, context) };
}

async function open(
  { contentType, contentSha256, body }: FetchedFile,
  context: BinaryContext,
): Promise<FileContent> {
  if (isWrapped(contentType)) {
    const envelope = await openWrapped(
      body,
      (wrapper) => context.decrypt(wrapper),
    );
    return { envelope };
  }
  if (contentSha256?.trim()) await checkDigest(body, contentSha256);
  return { body };
}
