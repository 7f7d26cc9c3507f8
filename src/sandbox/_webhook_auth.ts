import { toBase64 } from "../_internal/base64.ts";
import { type Bytes, encodeUtf8, toHex } from "../_internal/bytes.ts";
import { hmacSha256 } from "../_internal/hmac.ts";
import { randomText } from "./options.ts";
import type { HookQueue } from "./_hook_queue.ts";
import type { SandboxWebhookAuth } from "./webhooks.ts";

type Filled<A> = A extends unknown ? Required<A> : never;

/** A method with all of its credentials. */
export type FilledAuth = Filled<SandboxWebhookAuth>;

/** Fills in the credentials that were left out. */
export function fillAuth(auth: SandboxWebhookAuth): FilledAuth {
  switch (auth.method) {
    case "hmac":
      return { method: "hmac", secret: auth.secret ?? randomText() };
    case "bearer":
      return { method: "bearer", token: auth.token ?? randomText() };
    case "basic":
      return {
        method: "basic",
        username: auth.username ?? "sandbox",
        password: auth.password ?? randomText(),
      };
    case "header":
      return {
        method: "header",
        name: auth.name ?? "X-Webhook-Token",
        value: auth.value ?? randomText(),
      };
    case "none":
      return { method: "none" };
  }
  throw new TypeError("Cannot add a webhook: there is no such method");
}

/** The headers that prove where a body comes from. */
export async function credentials(
  auth: FilledAuth,
  body: Bytes,
): Promise<Record<string, string>> {
  switch (auth.method) {
    case "hmac": {
      const tag = await hmacSha256(encodeUtf8(auth.secret)).sign(body);
      return { "x-allus-signature": toHex(tag) };
    }
    case "bearer":
      return { authorization: `Bearer ${auth.token}` };
    case "basic": {
      const pair = encodeUtf8(`${auth.username}:${auth.password}`);
      return { authorization: `Basic ${toBase64(pair)}` };
    }
    case "header":
      return { [auth.name]: auth.value };
    case "none":
      return {};
  }
}

/** What the configuration of the receiver says about webhooks. */
export function webhookConfig(
  senders: readonly HookQueue[],
): Record<string, unknown> {
  const auth = senders.at(-1)?.auth;
  switch (auth?.method) {
    case "hmac":
      return { webhooks: secretsOf(senders) };
    case "bearer":
      return { webhook_bearer_token: auth.token };
    case "basic": {
      const { username, password } = auth;
      return { webhook_basic: { username, password } };
    }
    case "header":
      return { webhook_header: { name: auth.name, value: auth.value } };
    case "none":
      return { webhook_auth_none: true };
    default:
      return {};
  }
}

function secretsOf(senders: readonly HookQueue[]): Record<string, string> {
  return Object.fromEntries(
    senders.flatMap(({ id, auth }) =>
      auth.method === "hmac" ? [[id, auth.secret]] : []
    ),
  );
}
