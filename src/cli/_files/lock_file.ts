import { systemClock } from "../../_internal/clock.ts";

// What Deno 2.5 does not have yet.
interface TryLock {
  tryLock?(exclusive: boolean): Promise<boolean>;
}

const LOCK_WAIT_MS = 250;

/** Takes the exclusive lock of an open file, which ends with it; `false` when another opening of the file has it. */
export async function tryLockFile(
  file: Deno.FsFile & TryLock,
): Promise<boolean> {
  if (file.tryLock) return await file.tryLock(true);
  const late = new AbortController();
  const wait = systemClock.sleep(LOCK_WAIT_MS, late.signal);
  try {
    return await Promise.race([
      file.lock(true).then(() => true),
      wait.then(() => false, () => false),
    ]);
  } finally {
    late.abort();
  }
}
