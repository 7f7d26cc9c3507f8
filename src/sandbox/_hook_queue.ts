import { encodeUtf8 } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import { encryptEnvelope } from "../crypto/mod.ts";
import type { SandboxRow } from "./change.ts";
import { type Feed, type Stored, wireRow } from "./_feed.ts";
import { feedOf, nextId, type State } from "./_state.ts";
import { credentials, type FilledAuth } from "./_webhook_auth.ts";
import { writeXml } from "./_xml_writer.ts";
import type { SandboxDelivery } from "./webhooks.ts";

/** A webhook as it was added, defaults filled in. */
export interface Hook {
  readonly id: string;
  readonly url: string;
  readonly auth: FilledAuth;
  /** The key of the envelope around each event; without one there is none. */
  readonly sealFor: CryptoKey | undefined;
  readonly format: "json" | "xml";
  readonly post: (request: Request) => Response | Promise<Response>;
  readonly timeoutMs: number;
}

const NO_ANSWER = 0;

/** Sends the events of one webhook, one after the other. */
export class HookQueue {
  readonly #state: State;
  readonly #hook: Hook;
  #turn: Promise<unknown> = Promise.resolve();
  #bad = false;

  constructor(state: State, hook: Hook) {
    this.#state = state;
    this.#hook = hook;
  }

  get id(): string {
    return this.#hook.id;
  }

  get auth(): FilledAuth {
    return this.#hook.auth;
  }

  /** Posts an event under a new id, or puts it into the backlog. */
  deliver(stored: Stored): Promise<SandboxDelivery> {
    return this.#inTurn(async () => {
      const live = { ...this.#row(stored), id: nextId(this.#state, "dlv") };
      const status = this.#bad ? null : await this.#post(live);
      const delivered = status === 200;
      this.#bad = !delivered;
      if (!delivered) this.#backlog.push(stored);
      const row = delivered ? live : this.#row(stored);
      return { webhookId: this.id, row, delivered, status };
    });
  }

  /** Posts the backlog, each event under the id of its row; `true` when all of it went through. */
  probe(): Promise<boolean> {
    return this.#inTurn(async () => {
      for (
        let stored = this.#backlog.peek();
        stored;
        stored = this.#backlog.peek()
      ) {
        this.#bad = await this.#post(this.#row(stored)) !== 200;
        if (this.#bad) return false;
        // Somebody may have drained it meanwhile.
        this.#backlog.drop(stored);
      }
      this.#bad = false;
      return true;
    });
  }

  get #backlog(): Feed {
    return feedOf(this.#state, this.id);
  }

  #row(stored: Stored): SandboxRow {
    return wireRow(stored, this.#state.origin) as SandboxRow;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #post(row: SandboxRow): Promise<number> {
    const { id, url, auth, sealFor, format } = this.#hook;
    const plain = format === "xml" ? writeXml(row) : JSON.stringify(row);
    const body = encodeUtf8(
      sealFor ? JSON.stringify(await encryptEnvelope(plain, sealFor)) : plain,
    );
    const xml = format === "xml" && !sealFor;
    const headers = {
      "content-type": xml ? "application/xml" : "application/json",
      "x-allus-webhook-id": id,
      "x-allus-event": row.event,
      ...await credentials(auth, body),
    };
    return await this.#send(url, { method: "POST", headers, body });
  }

  async #send(url: string, init: RequestInit): Promise<number> {
    const over = new AbortController();
    const answered = new AbortController();
    const timer = systemClock.sleep(this.#hook.timeoutMs, answered.signal).then(
      () => over.abort(),
      () => {},
    );
    try {
      const request = new Request(url, {
        ...init,
        redirect: "manual", // an answer that points elsewhere is not a 200
        signal: over.signal,
      });
      const response = await this.#hook.post(request);
      await response.body?.cancel();
      return response.status;
    } catch {
      return NO_ANSWER;
    } finally {
      answered.abort();
      await timer;
    }
  }
}
