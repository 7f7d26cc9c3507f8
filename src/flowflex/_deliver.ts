import { UploadError } from "../errors.ts";
import type { Job } from "../spool/mod.ts";
import { ASSET_MISSING, failure } from "./_failure.ts";
import type { KeptSend, Outbox, OutboxItem } from "./_outbox.ts";
import { isFresh } from "./_resume.ts";
import { runSend, type SendJob } from "./_send.ts";
import type { SendRecord } from "./_send_record.ts";
import type { FlowFlexSettings } from "./client_options.ts";

/** The work of a run over kept sends. */
export function deliverKept(
  outbox: Outbox,
  settings: FlowFlexSettings,
): Job<OutboxItem, KeptSend> {
  return outbox.job(async (send, signal) => {
    const { timeoutMs } = settings;
    const job: SendJob = { ...send, assets: [], timeoutMs, signal };
    if (send.plan.files.length === 0) {
      // If the process dies before the acknowledgement, it is sent again with the same key and body.
      await runSend(job, settings);
      return;
    }
    const record = await outbox.record(send.id);
    if (!record) throw filesGone();
    if (!record.isDone) await sendOnce(job, { record, settings });
    await outbox.dropFiles(send.id);
  });
}

async function sendOnce(
  job: SendJob,
  { record, settings }: { record: SendRecord; settings: FlowFlexSettings },
): Promise<void> {
  const now = settings.tools.clock.now();
  const assets = record.assets.map((asset) =>
    asset && isFresh(asset, now) ? asset : undefined
  );
  try {
    await runSend({
      ...job,
      assets,
      // Durable before the event is sent: after a crash the same key goes with the same ids.
      onAsset: (file, asset) => record.keepAsset(file, asset),
    }, settings);
  } catch (error) {
    if (error instanceof UploadError && error.errorKey === ASSET_MISSING) {
      // The next attempt uploads them again, under the same key.
      await record.forgetAssets();
    }
    throw error;
  }
  // If the process dies before this commit, the event is sent again with the same key and body.
  await record.finish();
}

function filesGone(): UploadError {
  const purpose = { step: "file", doing: "send the kept event" } as const;
  return failure("its files are not in the store any more", purpose);
}
