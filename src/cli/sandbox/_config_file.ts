import { encodeUtf8 } from "../../_internal/bytes.ts";
import { fileState, readHostTextFile } from "../../_internal/host.ts";
import { isObject, member, parseJson } from "../../_internal/json.ts";
import { ConfigError } from "../../errors.ts";
import type { Sandbox } from "../../sandbox/mod.ts";
import { writeNewFile } from "../_files/new_file.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Refuses a name that is taken: a file of a real service must not be lost. One of a sandbox that has ended is of no use
 * any more, and is removed.
 */
export async function assertFree(out: string): Promise<void> {
  if (!await isThere(out)) return;
  const value = await readConfig(out);
  if (!isObject(value) || member(value, "sandbox") !== true) {
    throw taken(out, "it is there already and not of a sandbox");
  }
  if (await isServed(member(value, "api_url"))) {
    throw taken(out, "it is of a sandbox that still runs");
  }
  await Deno.remove(out);
}

async function isThere(out: string): Promise<boolean> {
  return await Deno.lstat(out).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw taken(out, fileState(error));
  });
}

async function readConfig(out: string): Promise<unknown> {
  return parseJson(await readHostTextFile(out).catch(() => "") ?? "");
}

function taken(out: string, state: string): ConfigError {
  return new ConfigError(
    `Cannot use --out ${out}: ${state}, wanted another name`,
  );
}

// A sandbox listens on the loopback address alone, which answers at once.
async function isServed(url: unknown): Promise<boolean> {
  const at = typeof url === "string" ? URL.parse(url) : null;
  if (at?.hostname !== LOOPBACK || at.port === "") return false;
  const port = Number(at.port);
  return await Deno.connect({ hostname: LOOPBACK, port }).then(
    (connection) => (connection.close(), true),
    () => false,
  );
}

/** Writes the configuration that finds the platform. */
export async function writeConfig(
  out: string,
  platform: Sandbox,
): Promise<void> {
  const config = platform.config({ sandbox: true });
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await writeNewFile(out, encodeUtf8(text));
}

/** Removes the file of this very sandbox: another one may have been started since. */
export async function removeConfig(
  out: string,
  platform: Sandbox,
): Promise<void> {
  const value = await readConfig(out);
  const isOurs = isObject(value) && member(value, "sandbox") === true &&
    member(value, "api_url") === platform.url;
  if (isOurs) await Deno.remove(out);
}
