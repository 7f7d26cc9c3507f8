import { assertFunction, assertMs } from "../_internal/assert.ts";
import type { SandboxChange, SandboxRow } from "./change.ts";
import { readChange, seal, type Sealed, takeEffect } from "./_draft.ts";
import { nextId, type State } from "./_state.ts";
import { fillAuth } from "./_webhook_auth.ts";
import { HookQueue } from "./_hook_queue.ts";

/** How a webhook of the sandbox proves where it comes from. A credential that is left out is a random one. */
export type SandboxWebhookAuth =
  | {
    /** An HMAC-SHA256 over the body, in `X-Allus-Signature`. */
    readonly method: "hmac";
    /** The secret. */
    readonly secret?: string;
  }
  | {
    /** A bearer token. */
    readonly method: "bearer";
    /** The token. */
    readonly token?: string;
  }
  | {
    /** HTTP Basic. */
    readonly method: "basic";
    /** The user name. */
    readonly username?: string;
    /** The password. */
    readonly password?: string;
  }
  | {
    /** A header of its own. */
    readonly method: "header";
    /** Its name. Defaults to `X-Webhook-Token`. */
    readonly name?: string;
    /** Its value. */
    readonly value?: string;
  }
  | {
    /** No proof. */
    readonly method: "none";
  };

/** A webhook to add. */
export interface SandboxAddWebhook {
  /** Where events are posted to. */
  url: string | URL;
  /** Its id, sent with each event. A new one by default. */
  id?: string;
  /** How it proves where it comes from. Defaults to `hmac` with a random secret. */
  auth?: SandboxWebhookAuth;
  /** Puts each event into an envelope for the company's key. Defaults to `false`. */
  envelope?: boolean;
  /** How events are written; the envelope around one is always JSON. Defaults to `json`. */
  format?: "json" | "xml";
  /** Posts the events. Defaults to the host's `fetch`; a handler in this process fits too. */
  fetch?: (request: Request) => Response | Promise<Response>;
  /** Milliseconds after which no answer is a failure. Defaults to 10 000. */
  timeoutMs?: number;
}

/** What became of an event at one webhook. */
export interface SandboxDelivery {
  /** The webhook. */
  readonly webhookId: string;
  /** The event as it was sent, or as it lies in the backlog. */
  readonly row: SandboxRow;
  /** Whether the answer was 200. Otherwise the event is in the backlog. */
  readonly delivered: boolean;
  /** The status of the answer; `0` when there was none, `null` when the event was not sent. */
  readonly status: number | null;
}

/** The members of a sandbox that send webhooks. */
export interface SandboxWebhooks {
  /**
   * Adds a webhook and gives its id. {@linkcode Sandbox.config} holds from now on what its receiver needs: a
   * configuration has one method, so the webhook that was added last decides, and of `hmac` all secrets are there.
   *
   * @throws {TypeError} When the URL is none or the id is taken.
   */
  readonly addWebhook: (webhook: SandboxAddWebhook) => Promise<string>;
  /**
   * Encrypts a change, lets it take effect, and posts it to the webhook that it names, or to all of them. It does not
   * appear in the feed.
   *
   * One POST for each event, with a new `id`, and one at a time for each webhook. Only 200 counts. After anything else
   * the webhook is bad: this event and all further ones go to its backlog unsent, until a probe succeeds.
   *
   * @throws {TypeError} When there is no such webhook, or none at all.
   */
  readonly deliver: (change: SandboxChange) => Promise<SandboxDelivery[]>;
  /** Delivers many changes in their order. They are encrypted first. */
  readonly deliverMany: (
    changes: Iterable<SandboxChange>,
  ) => Promise<SandboxDelivery[]>;
  /**
   * Posts the backlog of a webhook, oldest first, each event under the `id` of its row. Ends at the first answer that
   * is not 200, and gives whether the webhook is good again.
   *
   * @throws {TypeError} When there is no such webhook.
   */
  readonly probe: (webhookId: string) => Promise<boolean>;
}

// So many values are encrypted at once.
const AT_ONCE = 64;

/** The webhooks of a sandbox. */
export function webhooks(state: State): SandboxWebhooks {
  return {
    addWebhook: (webhook) => addWebhook(state, webhook),
    deliver: (change) => deliverMany(state, [change]),
    deliverMany: (changes) => deliverMany(state, changes),
    probe: (webhookId) => Promise.try(() => find(state, webhookId).probe()),
  };
}

async function addWebhook(
  state: State,
  webhook: SandboxAddWebhook,
): Promise<string> {
  const { id = nextId(state, "wh"), envelope = false, timeoutMs = 10_000 } =
    webhook;
  const format = webhook.format ?? "json";
  const post = webhook.fetch ?? ((request: Request) => fetch(request));
  const url = new URL(webhook.url).href;
  const auth = fillAuth(webhook.auth ?? { method: "hmac" });
  assertMs(timeoutMs, "timeoutMs");
  assertFunction(post, "fetch");
  if (format !== "json" && format !== "xml") {
    throw new TypeError('Cannot use format: wanted "json" or "xml"');
  }
  const sealFor = envelope
    ? (await state.keys.accountKey()).publicKey
    : undefined;
  if (state.webhooks.has(id)) {
    throw new TypeError(
      `Cannot add a webhook: id ${JSON.stringify(id)} is taken`,
    );
  }
  const hook = { id, url, auth, sealFor, format, post, timeoutMs };
  state.webhooks.set(id, new HookQueue(state, hook));
  return id;
}

async function deliverMany(
  state: State,
  changes: Iterable<SandboxChange>,
): Promise<SandboxDelivery[]> {
  const drafts = Array.from(changes, (change) => readChange(state, change));
  const targets = drafts.map(({ webhookId }) => targetsOf(state, webhookId));
  const sealed: Sealed[] = [];
  for (let i = 0; i < drafts.length; i += AT_ONCE) {
    const part = drafts.slice(i, i + AT_ONCE);
    sealed.push(...await Promise.all(part.map((draft) => seal(state, draft))));
  }
  const sent = sealed.flatMap((one, i) => {
    takeEffect(state, one);
    return targets[i]?.map((sender) => sender.deliver(one.stored)) ?? [];
  });
  return await Promise.all(sent);
}

function targetsOf(
  state: State,
  webhookId: string | undefined,
): readonly HookQueue[] {
  if (webhookId !== undefined) return [find(state, webhookId)];
  if (state.webhooks.size > 0) return Array.from(state.webhooks.values());
  throw new TypeError("Cannot deliver: there is no webhook, add one first");
}

function find(state: State, webhookId: string): HookQueue {
  const sender = state.webhooks.get(webhookId);
  if (sender) return sender;
  throw new TypeError(
    `Cannot deliver: there is no webhook ${JSON.stringify(webhookId)}`,
  );
}
