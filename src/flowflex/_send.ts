import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { parseJson } from "../_internal/json.ts";
import { UploadError, type UploadResume } from "../errors.ts";
import type { HttpAnswer } from "../http/send.ts";
import type { Api } from "./_api.ts";
import { ASSET_MISSING, withResume } from "./_failure.ts";
import { dottedPath, fillPayload, pointerOf } from "./_payload.ts";
import { digestOf, resumeOf, type SendIdentity } from "./_resume.ts";
import { openScope, type Scope } from "./_scope.ts";
import { type Asset, uploadMissing, type UploadWatch } from "./_uploads.ts";
import type { FlowFlexSettings } from "./client_options.ts";
import type { FileProgress, SendResult, SentFile } from "./send.ts";

/** One event on its way. */
export interface SendJob extends SendIdentity {
  /** What was uploaded before, by the index of the file. */
  readonly assets: readonly (Asset | undefined)[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
  /** Is awaited after each upload, and before the event. */
  readonly onAsset?: (file: number, asset: Asset) => Promise<void>;
}

/** What every send works with. */
export interface SendParts {
  readonly settings: FlowFlexSettings;
  readonly api: Api;
}

/**
 * Uploads what is missing and sends the event, under one key and within one time.
 *
 * @throws {UploadError} with what finishes the send; or whatever else ended it.
 */
export async function runSend(
  job: SendJob,
  parts: SendParts,
): Promise<SendResult> {
  const { timeoutMs, signal } = job;
  const { clock } = parts.settings.tools;
  const assets = [...job.assets];
  const digest = await digestOf(job);
  const scope = openScope({ clock, timeoutMs, signal });
  const resume = (): UploadResume => resumeOf(job, { digest, assets });
  try {
    const watch = watchOf(job, { assets, scope, resume });
    const tools = { ...parts, scope };
    await uploadMissing(job.plan.files, { assets, tools, watch });
    const ids = assets.map((asset) => asset?.assetId ?? "");
    const answer = await postEvent(job, { parts, scope, ids });
    return resultOf(job, { answer, ids });
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    // The platform has none of them any more, or never had: a resumed send uploads anew.
    if (error.errorKey === ASSET_MISSING) assets.fill(undefined);
    throw withResume(error, resume());
  } finally {
    scope.close();
  }
}

function watchOf(
  { plan, onProgress, onAsset }: SendJob,
  state: {
    assets: (Asset | undefined)[];
    scope: Scope;
    resume: () => UploadResume;
  },
): UploadWatch {
  const { assets, scope, resume } = state;
  const sizes: number[] = [];
  const tell = (file: number, what: Tale): void => {
    const ref = plan.files[file];
    const slot = plan.slots.find((each) => each.file === file);
    if (!onProgress || !ref || !slot) return;
    try {
      const totalBytes = sizes[file] ?? 0;
      const pointer = pointerOf(slot.at);
      onProgress({ file: ref, pointer, totalBytes, ...what });
    } catch (error) {
      scope.fail(error);
    }
  };
  return {
    onBytes(file, sentBytes, size): void {
      sizes[file] = size;
      tell(file, { state: "sending", sentBytes, resume: null });
    },
    async onAsset(file, asset): Promise<void> {
      await onAsset?.(file, asset);
      assets[file] = asset;
      const sentBytes = sizes[file] ?? 0;
      tell(file, { state: "uploaded", sentBytes, resume: resume() });
    },
  };
}

type Tale = Pick<FileProgress, "state" | "sentBytes" | "resume">;

async function postEvent(
  { event, idempotencyKey, plan }: SendJob,
  options: { parts: SendParts; scope: Scope; ids: readonly string[] },
): Promise<HttpAnswer> {
  const { parts: { settings, api }, scope, ids } = options;
  const payload = fillPayload(plan, ids);
  return await api.post({
    path: ["v1", "events", settings.integrationCode],
    headers: { "x-event": event, "x-idempotency-key": idempotencyKey },
    body: settings.bodyShape === "wrapped" ? `{"payload":${payload}}` : payload,
    purpose: { step: "event", doing: "send the event" },
    scope,
  });
}

function resultOf(
  { idempotencyKey, plan }: SendJob,
  { answer, ids }: { answer: HttpAnswer; ids: readonly string[] },
): SendResult {
  const files: SentFile[] = plan.slots.map(({ at, file }) => ({
    pointer: pointerOf(at),
    path: dottedPath(at),
    assetId: ids[file] ?? "",
  }));
  return {
    response: readResponse(answer),
    idempotencyKey,
    uploadedAssets: Object.fromEntries(
      files.map(({ path, assetId }) => [path, assetId]),
    ),
    files,
  };
}

function readResponse({ body }: HttpAnswer): unknown {
  if (body.length === 0) return null;
  const text = decodeUtf8Lossy(body);
  const value = parseJson(text);
  return value === undefined ? text : value;
}
