import type { Clock } from "../_internal/clock.ts";
import { UploadError } from "../errors.ts";
import { errorNote } from "../observe/error_note.ts";
import type {
  FlowFlexEvent,
  SendMember,
  SendRetried,
} from "../observe/events.ts";
import type { SafeObserver } from "../observe/observer.ts";
import { Tries } from "./_tries.ts";
import { typeThatDiffers } from "./_type_differs.ts";
import type { Asset } from "./_uploads.ts";
import type { FlowFlexSettings } from "./client_options.ts";

/** What is told about: an event, or nothing for a file on its own. */
export interface Subject {
  readonly event: string;
  readonly idempotencyKey: string;
}

type Begun = SendMember & { source: "flowflex" };

/** Tells what one call of a method does, and counts its requests. Where nobody listens nothing is made. */
export class Told {
  readonly #tell: SafeObserver<FlowFlexEvent> | undefined;
  readonly #clock: Clock;
  readonly #member: Pick<SendMember, "event" | "name">;
  readonly #began: number;
  #requests = 0;

  constructor(
    { tell, tools }: Pick<FlowFlexSettings, "tell" | "tools">,
    subject?: Subject,
  ) {
    this.#tell = tell;
    this.#clock = tools.clock;
    const { event = null, idempotencyKey = null } = subject ?? {};
    this.#member = { event: idempotencyKey, name: event };
    this.#began = tell ? this.now() : 0;
  }

  /** Requests so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#tell !== undefined;
  }

  /** The time. */
  now(): number {
    return this.#clock.now();
  }

  /** Counts the attempts of one request. */
  tries(
    step: SendRetried["step"],
    secrets: () => readonly string[],
  ): Tries {
    return new Tries({
      secrets,
      onAttempt: (attempt, httpStatus) => {
        this.#requests++;
        if (attempt === 1) return;
        const failed = { step, attempt: attempt - 1, httpStatus };
        this.#tell?.({ type: "send.retried", ...this.#new(), ...failed });
      },
    });
  }

  kept(files: number): void {
    this.#tell?.({ type: "send.kept", ...this.#new(), files });
  }

  succeeded(facts: { httpStatus: number; files: number }): void {
    this.#tell?.({ type: "send.succeeded", ...this.#ended(), ...facts });
  }

  failed(error: unknown): void {
    const known = error instanceof UploadError ? error : undefined;
    this.#tell?.({
      type: "send.failed",
      ...this.#ended(),
      step: known?.step ?? "send",
      httpStatus: known?.status ?? 0,
      errorKey: known?.errorKey ?? null,
      requestId: known?.requestId ?? null,
      error: errorNote(error),
    });
  }

  uploaded(
    file: number,
    { asset: { assetId, uploadedAt }, bytes, began }: {
      asset: Asset;
      bytes: number;
      began: number;
    },
  ): void {
    const durationMs = uploadedAt - began;
    const facts = { file, asset: assetId, bytes, durationMs };
    this.#tell?.({ type: "file.uploaded", ...this.#new(), ...facts });
  }

  /** Warns when the first bytes of a file are those of another media type. */
  headRead(
    file: number,
    { declared, head }: { declared: string; head: Uint8Array },
  ): void {
    const found = typeThatDiffers(declared, head);
    if (found === undefined) return;
    const facts = { file, declared, found };
    this.#tell?.({ type: "file.type_differs", ...this.#new(), ...facts });
  }

  #new(): Begun {
    return { source: "flowflex", at: this.now(), ...this.#member };
  }

  #ended(): Begun & { durationMs: number; requests: number } {
    const begun = this.#new();
    const durationMs = begun.at - this.#began;
    return { ...begun, durationMs, requests: this.#requests };
  }
}
