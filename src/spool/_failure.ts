import { isSluiceError } from "../errors.ts";
import type { Failure } from "./_dead_letters.ts";

const NAME = /^[A-Za-z_$][\w$.]{0,63}$/;

/**
 * What is stored of an error: class and code. A message may hold personal data, so it is kept only when asked for;
 * reading properties of what was thrown may throw again, and it may not be an error at all.
 */
export function failureOf(
  error: unknown,
  options: { message: boolean },
): Failure {
  try {
    const { name, code, message } = Object(error) as Record<string, unknown>;
    return {
      name: typeof name === "string" && NAME.test(name) ? name : "Error",
      ...codeOf(error, code),
      ...(options.message &&
        { message: String(message ?? error).slice(0, 1_000) }),
    };
  } catch {
    return { name: "Error" };
  }
}

function codeOf(error: unknown, code: unknown): { code?: string } {
  if (isSluiceError(error)) return { code: error.code };
  return typeof code === "string" && NAME.test(code) ? { code } : {};
}
