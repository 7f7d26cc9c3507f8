import { KvError } from "../errors.ts";
import type { KvKey, KvSet, KvStore } from "../kv/kv.ts";
import type { Asset } from "./_uploads.ts";

/** How far a kept send with files is. Its assets lie beside it, one by one, because a value has its limit. */
export interface SendState {
  /** Whether the platform has taken the event. */
  readonly isDone: boolean;
  /** Counts how often all files had to be uploaded anew; assets of earlier rounds are void. */
  readonly round: number;
}

/** Where a send lies. */
export interface RecordPlace {
  readonly kv: KvStore;
  /** The key of its state. */
  readonly state: KvKey;
  /** Above its assets, which have round and file as the rest of their keys. */
  readonly assets: KvKey;
}

/** The state of a send in the store. It is written by one consumer at a time. */
export class SendRecord {
  /** What was uploaded in this round when the record was read, by the index of the file. */
  readonly assets: readonly (Asset | undefined)[];
  readonly #place: RecordPlace;
  #version: string;
  #state: SendState;
  #last: Promise<void> = Promise.resolve();

  private constructor(
    place: RecordPlace,
    found: { version: string; state: SendState; assets: Asset[] },
  ) {
    this.assets = found.assets;
    this.#place = place;
    this.#version = found.version;
    this.#state = found.state;
  }

  /** Reads it; `undefined` when there is none. */
  static async read(place: RecordPlace): Promise<SendRecord | undefined> {
    const entry = await place.kv.get<SendState>(place.state);
    if (!entry) return undefined;
    const { version, value: state } = entry;
    const prefix = [...place.assets, state.round];
    const assets: Asset[] = [];
    for await (const { key, value } of place.kv.list<Asset>({ prefix })) {
      assets[Number(key.at(-1))] = value;
    }
    return new SendRecord(place, { version, state, assets });
  }

  /** Whether the platform has taken the event. */
  get isDone(): boolean {
    return this.#state.isDone;
  }

  /**
   * Notes that a file was uploaded, one note after the other. Resolves once that is durable, as the others do.
   *
   * @throws {KvError} when another consumer has changed the record.
   */
  keepAsset(file: number, asset: Asset): Promise<void> {
    return this.#update((state) => ({
      state,
      sets: [{
        key: [...this.#place.assets, state.round, file],
        value: asset,
      }],
    }));
  }

  /** Begins anew: the platform has none of the files any more. */
  forgetAssets(): Promise<void> {
    return this.#update((state) => ({
      state: { ...state, round: state.round + 1 },
    }));
  }

  /** Notes that the platform has taken the event. */
  finish(): Promise<void> {
    return this.#update((state) => ({ state: { ...state, isDone: true } }));
  }

  #update(
    change: (state: SendState) => { state: SendState; sets?: KvSet[] },
  ): Promise<void> {
    const next = this.#last.then(() => this.#write(change(this.#state)));
    this.#last = next.catch(() => undefined); // each caller gets its own failure
    return next;
  }

  async #write(
    { state, sets = [] }: { state: SendState; sets?: KvSet[] },
  ): Promise<void> {
    const { kv, state: key } = this.#place;
    // The state is written each time, so that its version tells of every change by somebody else.
    const result = await kv.commit({
      checks: [{ key, version: this.#version }],
      sets: [{ key, value: state }, ...sets],
    });
    if (!result.ok) {
      throw new KvError(
        "Cannot go on with the send: another consumer has taken it over",
        { retryable: true },
      );
    }
    this.#version = result.version;
    this.#state = state;
  }
}
