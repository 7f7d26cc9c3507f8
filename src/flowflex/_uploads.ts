import type { UploadedAsset } from "../errors.ts";
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
  options: { tools: UploadTools; onBytes?: (count: number) => void },
): Promise<Asset> {
  const { tools, onBytes = () => {} } = options;
  const { ref: { filename, mime }, size } = measured;
  const target = await requestTarget({ filename, mime, size }, tools);
  await putFile(measured, { target, tools, onBytes });
  const uploadedAt = tools.settings.tools.clock.now();
  return { assetId: target.assetId, uploadedAt };
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
  const missing: { file: number; measured: Measured }[] = [];
  for (const [file, ref] of files.entries()) {
    if (assets[file]) continue;
    missing.push({ file, measured: await measure(ref, tools) });
  }
  const left = missing.values();
  const work = async (): Promise<void> => {
    for (const { file, measured } of left) {
      tools.scope.throwIfOver();
      const asset = await uploadOne(measured, {
        tools,
        onBytes: (count) => watch.onBytes(file, count, measured.size),
      });
      await watch.onAsset(file, asset);
    }
  };
  const { settings: { concurrency }, scope } = tools;
  const workers = Array.from(
    { length: Math.min(concurrency, missing.length) },
    () => work().catch((error) => scope.fail(error)),
  );
  await Promise.all(workers);
  scope.signal.throwIfAborted();
}
