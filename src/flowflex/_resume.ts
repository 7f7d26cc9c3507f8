import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";
import type { UploadResume } from "../errors.ts";
import { type PayloadPlan, pointerOf } from "./_payload.ts";
import type { Asset } from "./_uploads.ts";

/** What identifies a send. */
export interface SendIdentity {
  readonly event: string;
  readonly idempotencyKey: string;
  readonly plan: PayloadPlan;
}

const HOUR_MS = 3_600_000;
// The platform deletes a file 48 hours after its upload; the event must still find it, and the flow after it.
const USABLE_MS = 47 * HOUR_MS;

/** Whether the platform still has the asset, and for some time more. */
export function isFresh({ uploadedAt }: Asset, now: number): boolean {
  return now - uploadedAt < USABLE_MS;
}

/** Names what is sent, without the bytes of its files. */
export async function digestOf(identity: SendIdentity): Promise<string> {
  const { event, idempotencyKey, plan: { json, slots } } = identity;
  const text = JSON.stringify([event, idempotencyKey, json, slots]);
  const digest = await crypto.subtle.digest("SHA-256", encodeUtf8(text));
  return toHex(new Uint8Array(digest));
}

/** What finishes a send whose files have these assets so far. */
export function resumeOf(
  { event, idempotencyKey, plan }: SendIdentity,
  state: { digest: string; assets: readonly (Asset | undefined)[] },
): UploadResume {
  const { digest, assets } = state;
  const uploaded = assets.flatMap((asset, file) =>
    asset ? [{ pointer: pointers(plan)[file] ?? "", ...asset }] : []
  );
  return { event, idempotencyKey, digest, assets: uploaded };
}

/**
 * The assets that a resumed send need not upload again.
 *
 * @throws {TypeError} when it is another send.
 */
export async function resumedAssets(
  resume: UploadResume,
  { send, now }: { send: SendIdentity; now: number },
): Promise<(Asset | undefined)[]> {
  if (await digestOf(send) !== resume.digest) {
    throw new TypeError(
      "Cannot resume: wanted the same event, key and payload as when it failed",
    );
  }
  return pointers(send.plan).map((pointer) => {
    const found = resume.assets.find((each) => each.pointer === pointer);
    if (!found || !isFresh(found, now)) return undefined;
    const { assetId, uploadedAt } = found;
    return { assetId, uploadedAt };
  });
}

/** Copies what may have been kept as JSON, and refuses what is not of {@linkcode resumeOf}. */
export function readResume(resume: unknown): UploadResume {
  const { event, idempotencyKey, digest, assets } = Object(
    resume,
  ) as Partial<UploadResume>;
  if (
    typeof event !== "string" || typeof idempotencyKey !== "string" ||
    typeof digest !== "string" || !Array.isArray(assets) ||
    !assets.every(isAsset)
  ) {
    throw new TypeError(
      'Cannot use resume: wanted the member "resume" of an UploadError',
    );
  }
  const copies = assets.map(({ pointer, assetId, uploadedAt }) => ({
    pointer,
    assetId,
    uploadedAt,
  }));
  return { event, idempotencyKey, digest, assets: copies };
}

function isAsset(asset: unknown): asset is UploadResume["assets"][number] {
  return isObject(asset) && typeof asset["pointer"] === "string" &&
    typeof asset["assetId"] === "string" && asset["assetId"] !== "" &&
    typeof asset["uploadedAt"] === "number";
}

/** The first place of each file. */
function pointers({ slots, files }: PayloadPlan): string[] {
  return files.map((_, file) =>
    pointerOf(slots.find((slot) => slot.file === file)?.at ?? [])
  );
}
