import { ConfigError } from "../../errors.ts";
import { denoKv } from "../../kv/deno.ts";
import { fsKv } from "../../kv/fs.ts";
import type { KvStore } from "../../kv/kv.ts";
import { memoryKv } from "../../kv/memory.ts";
import type { CliHost } from "../host.ts";
import { isPostgres, openPostgres } from "./open_postgres.ts";

/** What `--kv` may be where something is to outlive the command. */
export const LASTING_KV_WANTED =
  "the path of a folder, deno: or deno:<path or URL of a database>, postgres or postgres:<table> with the address in DATABASE_URL";

/** What `--kv` may be. */
export const KV_WANTED: string = `memory, ${LASTING_KV_WANTED}`;

/**
 * Opens the store that `--kv` names.
 *
 * @throws {ConfigError} When it names none.
 */
export async function openKv(
  kv: string,
  { env }: Pick<CliHost, "env">,
  { wanted = KV_WANTED }: { readonly wanted?: string } = {},
): Promise<KvStore> {
  if (kv === "memory") return memoryKv();
  if (isPostgres(kv)) return await openPostgres(kv, env);
  if (kv.startsWith("deno:")) return await openDenoKv(denoPathOf(kv));
  if (isFolder(kv)) return await fsKv(kv);
  throw kvError(`it names no store, wanted ${wanted}`);
}

/**
 * Refuses a folder or a file that is not there: opening it would make a new store, with nothing in it.
 *
 * @throws {ConfigError} When there is none.
 */
export async function assertThere(
  kv: string,
  { field = "--kv" }: { readonly field?: string } = {},
): Promise<void> {
  const path = isFolder(kv) ? kv : localFileOf(kv);
  if (path === undefined) return;
  const found = await Deno.stat(path).catch(() => undefined);
  if (found) return;
  const message = `there is no ${path}, wanted the store of the application`;
  throw storeError(field, message);
}

/** What is wrong with `--kv`. */
export function kvError(message: string): ConfigError {
  return storeError("--kv", message);
}

/** The error for a command that wants what only a store holds that lasts. */
export function memoryError(): ConfigError {
  return kvError(
    "nothing in memory outlives the command, wanted the store of the application",
  );
}

function storeError(field: string, message: string): ConfigError {
  return new ConfigError(`Cannot use ${field}: ${message}`, {
    problems: [{ field, message }],
  });
}

function isFolder(kv: string): boolean {
  return kv !== "" && kv !== "memory" && !isPostgres(kv) &&
    !/^[a-z][a-z0-9+.-]+:/i.test(kv);
}

function denoPathOf(kv: string): string {
  return kv.slice("deno:".length);
}

function localFileOf(kv: string): string | undefined {
  const path = kv.startsWith("deno:") ? denoPathOf(kv) : "";
  return path === "" || /^https?:/.test(path) ? undefined : path;
}

async function openDenoKv(path: string): Promise<KvStore> {
  // Absent without the flag, whatever the types say.
  if (typeof Deno.openKv !== "function") {
    throw kvError("Deno KV is switched off, wanted deno run --unstable-kv");
  }
  const handle = path === "" ? Deno.openKv() : Deno.openKv(path);
  return denoKv(
    await handle.catch(() => {
      throw kvError("Deno KV cannot open the database of that name");
    }),
    { closeHandle: true },
  );
}
