import { isSluiceError } from "../errors.ts";
import type { ErrorNote } from "./events.ts";

const NAME = /^[A-Za-z_$][\w$.]{0,63}$/;

/** Class and code of whatever was thrown; reading properties of it may throw again, and it may be no error at all. */
export function errorNote(error: unknown): ErrorNote {
  try {
    const { name, code } = Object(error) as Record<string, unknown>;
    return { name: nameOf(name), ...codeOf(error, code) };
  } catch {
    return { name: "Error" };
  }
}

/** The name of a class, or `"Error"` for what cannot be one. */
export function nameOf(name: unknown): string {
  return typeof name === "string" && NAME.test(name) ? name : "Error";
}

function codeOf(error: unknown, code: unknown): { code?: string } {
  if (isSluiceError(error)) return { code: error.code };
  return typeof code === "string" && NAME.test(code) ? { code } : {};
}
