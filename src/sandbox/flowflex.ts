import { assertFunction } from "../_internal/assert.ts";
import { FlowFlexPlatform } from "./_flowflex_platform.ts";

/** What a client of the sandbox is made with. */
export interface FlowFlexSandboxClient {
  /** The key that is taken. */
  readonly apiKey: string;
  /** The secret that is taken. */
  readonly apiSecret: string;
  /** The integration that there is. */
  readonly integrationCode: string;
  /** Where the platform would be. */
  readonly baseUrl: string;
  /** Reaches the platform and its storage in this process. */
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

/** One of the three requests of a send: for an upload URL, of a file to the storage, of the event. */
export type FlowFlexSandboxStep = "upload_url" | "upload" | "event";

/** An event that was taken. */
export interface FlowFlexSandboxEvent {
  /** Its name. */
  readonly name: string;
  /** Its idempotency key. */
  readonly idempotencyKey: string;
  /** Its body, as it came. */
  readonly body: unknown;
}

/** A file that was asked for. */
export interface FlowFlexSandboxAsset {
  /** Its name. */
  readonly filename: string;
  /** Its media type. */
  readonly mime: string;
  /** Its bytes; `undefined` before they were put. */
  readonly bytes: Uint8Array | undefined;
}

/** A FlowFlex in memory. */
export interface FlowFlexSandbox {
  /** What to spread into the options of `FlowFlex`. */
  readonly client: FlowFlexSandboxClient;
  /** Events that were taken, oldest first. */
  readonly events: readonly FlowFlexSandboxEvent[];
  /** Files by the ids that clients were told. */
  readonly assets: ReadonlyMap<string, FlowFlexSandboxAsset>;
  /** Every request so far, oldest first. */
  readonly requests: readonly FlowFlexSandboxStep[];
  /** Answers the next request of a step in place of the platform, which does nothing; may also throw. */
  failNext(step: FlowFlexSandboxStep, answer: () => Response): void;
  /** Deletes all files, as the platform does after 48 hours. */
  expireAssets(): void;
}

/**
 * Creates a FlowFlex in memory, platform and storage, to test against without an account.
 *
 * It wants the login, JSON and the two headers of an event; of a file the signed URL, its media type, the length that
 * was announced, and no `authorization`. An event that names a file which is not there is refused with 422
 * `ASSET_FILE_MISSING`. Invented, because the platform does not say: the forms of ids and answers, and that a key which
 * comes again gets the first answer again.
 *
 * @example Lose the answer of an event, and send it once all the same
 * ```ts
 * import { file, FlowFlex } from "@sluice/edge/flowflex";
 * import { createFlowFlexSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = createFlowFlexSandbox();
 * const client = new FlowFlex({ ...sandbox.client, random: () => 0 });
 * sandbox.failNext("event", () => new Response(null, { status: 503 }));
 *
 * const note = file(new TextEncoder().encode("hello"), { filename: "note.txt" });
 * await client.sendEvent("note.written", { payload: { note } });
 *
 * assertEquals(sandbox.requests, ["upload_url", "upload", "event", "event"]);
 * assertEquals(sandbox.events.map(({ name, body }) => [name, body]), [
 *   ["note.written", { note: "as_1" }],
 * ]);
 * ```
 *
 * @returns The sandbox. It holds nothing that must be closed.
 */
export function createFlowFlexSandbox(): FlowFlexSandbox {
  const platform = new FlowFlexPlatform();
  const { client, events, assets, requests } = platform;
  return {
    client,
    events,
    assets,
    requests,
    failNext(step, answer): void {
      assertFunction(answer, "answer");
      platform.failNext(step, answer);
    },
    expireAssets: () => assets.clear(),
  };
}
