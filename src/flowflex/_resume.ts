import { isObject } from "../_internal/json.ts";
import { toPointer } from "../_internal/json_pointer.ts";
import type { UploadResume } from "../errors.ts";
import type { PayloadPlan } from "./_payload.ts";
import { digestOf } from "./_send_digest.ts";
import type { Asset } from "./_uploads.ts";
import type { BodyShape } from "./client_options.ts";

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

/** What finishes a send whose files have these assets so far. */
export function resumeOf(
  { event, idempotencyKey }: SendIdentity,
  state: {
    digest: string;
    pointers: readonly string[];
    assets: readonly (Asset | undefined)[];
  },
): UploadResume {
  const { digest, pointers, assets } = state;
  const uploaded = assets.flatMap((asset, file) =>
    asset ? [{ pointer: pointers[file] ?? "", ...asset }] : []
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
  { send, bodyShape, now }: {
    send: SendIdentity;
    bodyShape: BodyShape;
    now: number;
  },
): Promise<(Asset | undefined)[]> {
  if (await digestOf(send, bodyShape) !== resume.digest) {
    throw new TypeError(
      "Cannot resume: wanted the same event, key, body shape, payload and files as when it failed",
    );
  }
  const known = new Map(resume.assets.map((each) => [each.pointer, each]));
  return pointersOf(send.plan).map((pointer) => {
    const found = known.get(pointer);
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

/** The first place of each file, by its index. */
export function pointersOf({ slots }: PayloadPlan): string[] {
  const pointers: string[] = [];
  for (const { at, file } of slots) pointers[file] ??= toPointer(at);
  return pointers;
}
