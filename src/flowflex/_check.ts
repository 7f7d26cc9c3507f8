import type { PayloadPlan } from "./_payload.ts";
import { pointersOf } from "./_resume.ts";
import type { Missing } from "./_uploads.ts";
import type { EventCheck } from "./send.ts";

/** What would be uploaded for a payload. */
export function checkOf(
  plan: PayloadPlan,
  missing: readonly Missing[],
): EventCheck {
  const pointers = pointersOf(plan);
  const files = missing.map(({ file, measured: { ref, size } }) => ({
    pointer: pointers[file] ?? "",
    filename: ref.filename,
    mime: ref.mime,
    size,
  }));
  const uploadBytes = files.reduce((sum, { size }) => sum + size, 0);
  return { files, uploadBytes };
}
