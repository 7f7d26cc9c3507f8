/**
 * A company-data platform in memory: real OAuth, real encryption, real HTTP where the host can serve, and everything
 * that can go wrong at the press of a button. Test your handlers against it, without an account and without a network.
 * {@linkcode createFlowFlexSandbox} is the same, but smaller, for `@sluice/edge/flowflex`.
 *
 * ### What is faithful
 *
 * - `POST /oauth2/token` takes exactly the documented form, and every other endpoint wants its token: 401
 *   `auth.expired` otherwise.
 * - `/api/company-data/` `request-fields`, `connections`, `connections/{id}`, `connections/{id}/slots/{slot}/file`,
 *   `changes`, `logs`, and `/api/keys/{shareCode}`: members, order, paging, limits, error keys.
 * - `/changes` gives the oldest first and deletes what it gives before the answer is on its way; `webhook_id` reads the
 *   backlog of that webhook.
 * - Values are encrypted with RSA-OAEP (SHA-256) and AES-256-GCM for a key that only the configuration opens.
 * - JSON or XML by `Accept`; the token and the files are always JSON.
 * - Webhooks: one POST for each event, the five ways to authenticate, the envelope for the company's key (RSA-OAEP with
 *   SHA-1), only 200 counts, a backlog that a probe sends or `webhook_id` drains, a new `id` for each live delivery.
 *
 * ### What is invented, because the platform does not say
 *
 * - The form of ids, share codes and tokens. The order of the logs: newest first. No quotas and no page caps unless a
 *   fault or an option sets them.
 * - A `limit` out of bounds is moved to the nearest bound, one that is no number counts as absent.
 * - The keys `oauth.invalid_request`, `oauth.unsupported_grant`, `company_data.file_not_found`, `not_found` and
 *   `sandbox.unable`, and that `/api/keys` wants a token.
 * - In XML `null` is an empty element, and a slug that is not an element name answers 500.
 * - `X-Allus-Content-Sha256` of an encrypted file is the digest of its wrapper as JSON text.
 * - All people share one key pair, made when it is first needed.
 * - The content type of a webhook, its timeout, and when a probe happens: when you say so.
 *
 * @example Publish a change, lose the answer, see that the change is gone
 * ```ts
 * import { createSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = await createSandbox();
 * const person = await sandbox.connect({ displayName: "Anna", values: { email: "anna@example.com" } });
 * await sandbox.publish({ event: "field_updated", person, slug: "email", value: "new@example.com" });
 *
 * const { api_url, client_id, client_secret } = sandbox.config();
 * const granted = await sandbox.clientFetch(`${api_url}/oauth2/token`, {
 *   method: "POST",
 *   body: new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret }),
 * });
 * const { access_token } = await granted.json();
 *
 * sandbox.failNext("changes", { kind: "drop" });
 * const lost = await sandbox.clientFetch(`${api_url}/api/company-data/changes`, {
 *   headers: { authorization: `Bearer ${access_token}` },
 * }).catch(() => "lost");
 *
 * assertEquals(lost, "lost");
 * assertEquals(sandbox.pending, 0);
 * assertEquals(sandbox.requests.count("changes"), 1);
 * ```
 *
 * @module
 */

export type { Envelope } from "../crypto/mod.ts";
export type { SandboxChange, SandboxRow } from "./change.ts";
export { createSandbox } from "./create_sandbox.ts";
export type {
  SandboxAnswer,
  SandboxAsked,
  SandboxDelay,
  SandboxDrop,
  SandboxFault,
  SandboxFaultMoment,
  SandboxFaults,
  SandboxFaultTiming,
  SandboxHtml,
  SandboxHuge,
  SandboxNoClient,
  SandboxPageCap,
  SandboxPatch,
  SandboxRateLimit,
  SandboxRebase,
  SandboxStall,
  SandboxStatus,
  SandboxTarget,
  SandboxTruncate,
} from "./faults.ts";
export type { SandboxField } from "./fields.ts";
export type { SandboxAddedFile, SandboxAddFile } from "./files.ts";
export { createFlowFlexSandbox } from "./flowflex.ts";
export type {
  FlowFlexSandbox,
  FlowFlexSandboxAsset,
  FlowFlexSandboxClient,
  FlowFlexSandboxEvent,
  FlowFlexSandboxStep,
} from "./flowflex.ts";
export type { SandboxListenOptions, SandboxServer } from "./listen.ts";
export type { SandboxKeys, SandboxOptions } from "./options.ts";
export type { SandboxConnectOptions, SandboxPerson } from "./person.ts";
export type {
  SandboxEndpoint,
  SandboxRequest,
  SandboxRequests,
} from "./requests.ts";
export type {
  Sandbox,
  SandboxConfig,
  SandboxFailOptions,
  SandboxLog,
} from "./sandbox.ts";
export type {
  SandboxAddWebhook,
  SandboxDelivery,
  SandboxWebhookAuth,
  SandboxWebhooks,
} from "./webhooks.ts";
export type {
  SandboxDocument,
  SandboxFile,
  SandboxFileOptions,
  SandboxFileShape,
  SandboxPhoto,
  SandboxValue,
} from "./values.ts";
