import { assertInteger } from "../_internal/assert.ts";
import {
  requestTarget,
  type UploadRequest,
  type UploadTools,
} from "./_upload.ts";
import { file } from "./file.ts";
import type { UploadUrl, UploadUrlRequest } from "./upload.ts";

/** Makes the same checks as for a file that is uploaded here. */
export function readUploadUrlRequest(request: UploadUrlRequest): UploadRequest {
  const { size, ...said } = request;
  const { filename, mime } = file(new Blob(), said);
  if (size === undefined) return { filename, mime };
  assertInteger(size, "size", { min: 0 });
  return { filename, mime, size };
}

/** Asks where to put a file that somebody else uploads. */
export async function mintUploadUrl(
  wanted: UploadRequest,
  tools: UploadTools,
): Promise<UploadUrl> {
  const { assetId, url, token } = await requestTarget(wanted, tools);
  const { mime, size = null } = wanted;
  return { assetId, uploadUrl: url.href, token: token ?? null, mime, size };
}
