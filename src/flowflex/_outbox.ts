import { fromBase64, toBase64 } from "../_internal/base64.ts";
import { decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import type { Clock } from "../_internal/clock.ts";
import { DecryptError, UploadError } from "../errors.ts";
import type { KvKey } from "../kv/kv.ts";
import { createSpool, type Job, type Spool } from "../spool/mod.ts";
import { countedStream } from "./_counted_stream.ts";
import {
  dropBelow,
  type FilePlace,
  keepFile,
  readKeptFile,
} from "./_kept_files.ts";
import type { Slot } from "./_payload.ts";
import type { SendIdentity } from "./_resume.ts";
import { SendRecord, type SendState } from "./_send_record.ts";
import type { Scope } from "./_scope.ts";
import { type Measured, sourceFailure } from "./_upload.ts";
import type { FlowFlexSettings } from "./client_options.ts";
import { file, sourceOf } from "./file.ts";

/** What lies in the spool: the name of a send, and the rest of it sealed. */
export interface OutboxItem {
  readonly id: string;
  readonly sealed: string;
}

/** A kept send, opened. */
export interface KeptSend extends SendIdentity {
  readonly id: string;
}

interface SealedSend {
  readonly event: string;
  readonly idempotencyKey: string;
  readonly json: string;
  readonly slots: readonly Slot[];
  readonly files: readonly {
    readonly filename: string;
    readonly mime: string;
    readonly size: number;
  }[];
}

const HALF_HOUR_MS = 1_800_000;
// Much longer than a send is kept, as some stores count it by the clock of the one that writes.
const KEEPING_MS = 24 * 3_600_000;
const SWEPT_AT_ONCE = 1_000;

/** The sends that were kept and are not yet done. */
export class Outbox {
  readonly spool: Spool<OutboxItem>;
  readonly #place: FilePlace;
  readonly #states: KvKey;
  readonly #assets: KvKey;
  /** Above the notes that a send is being kept, each of which expires by itself. */
  readonly #keeping: KvKey;
  readonly #clock: Clock;

  constructor(
    store: Pick<FilePlace, "kv" | "seal">,
    settings: FlowFlexSettings,
  ) {
    const { integrationCode, tools: { clock, random } } = settings;
    const prefix = ["sluice", "flowflex", integrationCode];
    this.#place = { ...store, prefix: [...prefix, "file"] };
    this.#states = [...prefix, "state"];
    this.#assets = [...prefix, "asset"];
    this.#keeping = [...prefix, "keeping"];
    this.#clock = clock;
    this.spool = createSpool<OutboxItem>({
      kv: store.kv,
      prefix: [...prefix, "outbox"],
      split: (body, meta) => [
        { id: String(meta["id"]), sealed: toBase64(body) },
      ],
      clock,
      random,
    });
  }

  /** Keeps a send with the bytes of its files; resolves once it is durable. */
  async add(
    send: SendIdentity,
    { files, scope }: { files: readonly Measured[]; scope: Scope },
  ): Promise<string> {
    const id = crypto.randomUUID();
    const begunAt = this.#clock.now();
    if (files.length > 0) await this.#keepFiles(id, { files, scope });
    scope.throwIfOver();
    // Else a sweep could take the files for those of a process that died.
    if (this.#clock.now() - begunAt > HALF_HOUR_MS) throw tooSlow();
    const { event, idempotencyKey, plan: { json, slots } } = send;
    const content: SealedSend = {
      event,
      idempotencyKey,
      json,
      slots,
      files: files.map(({ ref: { filename, mime }, size }) => ({
        filename,
        mime,
        size,
      })),
    };
    const body = await this.#place.seal.seal(
      encodeUtf8(JSON.stringify(content)),
      contextOf(id),
    );
    await this.spool.append(body, { id, items: 1 });
    return id;
  }

  /** The state of a send with files; `undefined` when it is gone. */
  record(id: string): Promise<SendRecord | undefined> {
    return SendRecord.read({
      kv: this.#place.kv,
      state: [...this.#states, id],
      assets: [...this.#assets, id],
    });
  }

  /** Opens what lies in the spool. */
  async open({ id, sealed }: OutboxItem): Promise<KeptSend> {
    const { seal } = this.#place;
    const body = fromBase64(sealed) ?? new Uint8Array();
    const text = decodeUtf8(await seal.open(body, contextOf(id)));
    const { event, idempotencyKey, json, slots, files } = JSON.parse(
      text,
    ) as SealedSend;
    const refs = files.map(({ filename, mime, size }, index) => {
      const name = { send: id, file: index };
      const open = (): ReadableStream<Uint8Array> =>
        streamOf(readKeptFile(this.#place, name));
      return file(open, { filename, mime, size });
    });
    return { id, event, idempotencyKey, plan: { json, slots, files: refs } };
  }

  /** The work of a run. */
  job(
    deliver: (send: KeptSend, signal: AbortSignal) => Promise<void>,
  ): Job<OutboxItem, KeptSend> {
    return {
      prepare: (item) => this.open(item),
      isPoison: (error) => error instanceof DecryptError,
      handle: (send, { signal }) => deliver(send, signal),
      lane: ({ id }) => id,
    };
  }

  /** Deletes bytes and assets of a send that is done; the note that it is done stays until the sweep. */
  async dropFiles(id: string): Promise<void> {
    const { kv, prefix } = this.#place;
    await dropBelow(kv, [...prefix, id]);
    await dropBelow(kv, [...this.#assets, id]);
  }

  /**
   * Deletes what belongs to no send any more: notes of those that are done, and files of processes that died before
   * they had kept all. Only when nothing is pending; sends that are dead letters keep theirs. Goes by pages, however
   * many there are.
   */
  async sweep(): Promise<void> {
    const prefix = this.#states;
    let page = new Map<string, SendState>();
    for await (
      const { key, value } of this.#place.kv.list<SendState>({ prefix })
    ) {
      page.set(String(key.at(-1)), value);
      if (page.size < SWEPT_AT_ONCE) continue;
      await this.#sweepPage(page);
      page = new Map();
    }
    if (page.size > 0) await this.#sweepPage(page);
  }

  async #sweepPage(loose: Map<string, SendState>): Promise<void> {
    for await (const { value } of this.spool.deadLetters()) {
      loose.delete(value.id);
    }
    const { kv } = this.#place;
    for (const [id, { isDone }] of loose) {
      const note = [...this.#keeping, id];
      // Not by a time in the state: the clock of the one that keeps it may be another.
      if (!isDone && await kv.get(note)) continue;
      await this.dropFiles(id);
      const deletes = [[...this.#states, id], note];
      await kv.commit({ deletes, relaxed: true });
    }
  }

  async #keepFiles(
    id: string,
    { files, scope }: { files: readonly Measured[]; scope: Scope },
  ): Promise<void> {
    const state: SendState = { isDone: false, round: 0 };
    // First, so that a sweep finds the pieces of a process that dies before the last one is kept.
    await this.#place.kv.commit({
      sets: [
        { key: [...this.#states, id], value: state },
        { key: [...this.#keeping, id], value: true, expireInMs: KEEPING_MS },
      ],
    });
    for (const [index, { ref, size }] of files.entries()) {
      const { stream: source, close } = countedStream(sourceOf(ref).open(), {
        size,
        // What is read after the end is kept no more.
        onBytes: () => scope.throwIfOver(),
        onFailure: (error) => scope.fail(sourceFailure(error, ref)),
      });
      const name = { send: id, file: index };
      await scope.within(keepFile(this.#place, { name, source }))
        .finally(close);
    }
  }
}

// ReadableStream.from() is not on every host.
function streamOf(
  source: AsyncGenerator<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(): Promise<void> {
      await source.return(undefined);
    },
  }, { highWaterMark: 0 });
}

function contextOf(id: string): string {
  return `flowflex send ${id}`;
}

function tooSlow(): UploadError {
  return new UploadError(
    "Cannot keep the event: its files took longer than half an hour to read",
    { step: "file", retryable: true },
  );
}
