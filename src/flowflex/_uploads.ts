import type { UploadedAsset } from "../errors.ts";
import { equalFiles } from "./_equal_files.ts";
import {
  measure,
  type Measured,
  putFile,
  requestTarget,
  type UploadTools,
} from "./_upload.ts";
import type { FileRef } from "./file.ts";

/** What is known of an asset besides its place. */
export type Asset = Omit<UploadedAsset, "pointer">;

/** Is told of what happens to one of the files, by its index. */
export interface UploadWatch {
  onBytes(file: number, count: number, size: number): void;
  /** Is awaited before the file counts as uploaded. */
  onAsset(file: number, asset: Asset): Promise<void>;
}

/** Uploads one file. */
export async function uploadOne(
  measured: Measured,
  options: {
    tools: UploadTools;
    file?: number;
    onBytes?: (count: number) => void;
  },
): Promise<Asset> {
  const { tools, file = 0, onBytes = () => {} } = options;
  const { ref: { filename, mime }, size } = measured;
  const { api, told } = tools;
  const began = told.now();
  const target = await requestTarget({ filename, mime, size }, tools);
  const { assetId, url } = target;
  await putFile(measured, { url, tools, secrets: api.secrets, file, onBytes });
  const asset = { assetId, uploadedAt: told.now() };
  told.uploaded(file, { asset, bytes: size, began });
  return asset;
}

/** A file to upload, and those that are equal to it. */
export interface Missing {
  readonly file: number;
  readonly measured: Measured;
  /** Files that get the same asset. */
  readonly twins: readonly number[];
}

/** The files that have no asset yet, measured; of equal ones the first, where that is asked for. */
export async function missingFiles(
  files: readonly FileRef[],
  { assets, tools }: {
    assets: readonly (Asset | undefined)[];
    tools: UploadTools;
  },
): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const [file, ref] of files.entries()) {
    if (assets[file]) continue;
    missing.push({ file, measured: await measure(ref, tools), twins: [] });
  }
  const { settings: { dedupeFiles }, scope } = tools;
  return dedupeFiles ? await equalFiles(missing, scope) : missing;
}

/**
 * Uploads the files that have no asset yet, several at once, when all of them can be read and none is too long. The
 * first failure ends the others, and all are over when this settles.
 */
export async function uploadMissing(
  files: readonly FileRef[],
  options: {
    assets: readonly (Asset | undefined)[];
    tools: UploadTools;
    watch: UploadWatch;
  },
): Promise<void> {
  const { assets, tools, watch } = options;
  const { settings: { concurrency }, scope } = tools;
  const missing = await missingFiles(files, { assets, tools });
  const left = missing.values();
  const work = async (): Promise<void> => {
    for (const { file, measured, twins } of left) {
      scope.throwIfOver();
      const asset = await uploadOne(measured, {
        tools,
        file,
        onBytes: (count) => watch.onBytes(file, count, measured.size),
      });
      for (const each of [file, ...twins]) await watch.onAsset(each, asset);
    }
  };
  const workers = Array.from(
    { length: Math.min(concurrency, missing.length) },
    () => work().catch((error) => scope.fail(error)),
  );
  await Promise.all(workers);
  scope.signal.throwIfAborted();
}
