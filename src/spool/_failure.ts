import { errorNote } from "../observe/error_note.ts";
import type { Failure } from "./_dead_letters.ts";

/**
 * What is stored of an error: class and code. A message may hold personal data, so it is kept only when asked for;
 * reading properties of what was thrown may throw again, and it may not be an error at all.
 */
export function failureOf(
  error: unknown,
  options: { message: boolean },
): Failure {
  const note = errorNote(error);
  if (!options.message) return note;
  try {
    const { message } = Object(error) as { message?: unknown };
    return { ...note, message: String(message ?? error).slice(0, 1_000) };
  } catch {
    return note;
  }
}
