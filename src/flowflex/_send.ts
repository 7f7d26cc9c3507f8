import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { parseJson } from "../_internal/json.ts";
import { toPointer } from "../_internal/json_pointer.ts";
import { UploadError, type UploadResume } from "../errors.ts";
import type { HttpAnswer } from "../http/send.ts";
import { ASSET_MISSING, isTaken, withResume } from "./_failure.ts";
import { dottedPath, fillPayload } from "./_payload.ts";
import { pointersOf, resumeOf, type SendIdentity } from "./_resume.ts";
import { openScope, type Scope } from "./_scope.ts";
import { digestOf } from "./_send_digest.ts";
import { Told } from "./_told.ts";
import { type UploadTools, uploadTools } from "./_upload.ts";
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

/**
 * Uploads what is missing and sends the event, under one key and within one time.
 *
 * @throws {UploadError} with what finishes the send; or whatever else ended it.
 */
export async function runSend(
  job: SendJob,
  settings: FlowFlexSettings,
): Promise<SendResult> {
  const { timeoutMs, signal } = job;
  const { bodyShape, tools: { clock } } = settings;
  const assets = [...job.assets];
  const scope = openScope({ clock, timeoutMs, signal });
  const told = new Told(settings, job);
  const pointers = pointersOf(job.plan);
  let digest: Promise<string> | undefined;
  // Only where somebody asks: it reads the bytes of files.
  const resume = async (): Promise<UploadResume> => {
    digest ??= digestOf(job, bodyShape);
    return resumeOf(job, { digest: await digest, pointers, assets });
  };
  try {
    const watch = watchOf(job, { pointers, assets, scope, resume });
    const tools = uploadTools(settings, { scope, told });
    await uploadMissing(job.plan.files, { assets, tools, watch });
    const ids = assets.map((asset) => asset?.assetId ?? "");
    const answer = await postEvent(job, { tools, ids });
    const httpStatus = answer?.status ?? 200;
    told.succeeded({ httpStatus, files: assets.length });
    return resultOf(job, { answer, ids });
  } catch (error) {
    told.failed(error);
    if (!(error instanceof UploadError)) throw error;
    // The platform has none of them any more, or never had: a resumed send uploads anew.
    if (error.errorKey === ASSET_MISSING) assets.fill(undefined);
    const { requests } = told;
    throw withResume(error, { resume: await resume(), requests });
  } finally {
    scope.close();
  }
}

function watchOf(
  { plan, onProgress, onAsset }: SendJob,
  state: {
    pointers: readonly string[];
    assets: (Asset | undefined)[];
    scope: Scope;
    resume: () => Promise<UploadResume>;
  },
): UploadWatch {
  const { pointers, assets, scope, resume } = state;
  const sizes: number[] = [];
  const tell = (file: number, what: Tale): void => {
    const ref = plan.files[file];
    const pointer = pointers[file];
    if (!onProgress || !ref || pointer === undefined) return;
    try {
      const totalBytes = sizes[file] ?? 0;
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
      if (!onProgress) return;
      const sentBytes = sizes[file] ?? 0;
      tell(file, { state: "uploaded", sentBytes, resume: await resume() });
    },
  };
}

type Tale = Pick<FileProgress, "state" | "sentBytes" | "resume">;

async function postEvent(
  { event, idempotencyKey, plan }: SendJob,
  options: { tools: UploadTools; ids: readonly string[] },
): Promise<HttpAnswer | undefined> {
  const { tools: { settings, api, told }, ids } = options;
  const tries = told.tries("event", () => api.secrets);
  const payload = fillPayload(plan, ids);
  return await api.post({
    path: ["v1", "events", settings.integrationCode],
    headers: { "x-event": event, "x-idempotency-key": idempotencyKey },
    body: settings.bodyShape === "wrapped" ? `{"payload":${payload}}` : payload,
    purpose: { step: "event", doing: "send the event", tries },
    payload: plan.json,
  }).catch((error) => {
    if (isTaken(error)) return undefined;
    throw error;
  });
}

function resultOf(
  { idempotencyKey, plan }: SendJob,
  { answer, ids }: { answer: HttpAnswer | undefined; ids: readonly string[] },
): SendResult {
  const files: SentFile[] = plan.slots.map(({ at, file }) => ({
    pointer: toPointer(at),
    path: dottedPath(at),
    assetId: ids[file] ?? "",
  }));
  return {
    response: answer ? readResponse(answer) : null,
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
