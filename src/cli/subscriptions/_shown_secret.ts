import type { ShownSecret } from "../../delivery/mod.ts";
import type { Cli } from "../_command.ts";

/** Writes what a receiver verifies with to the standard output, which is the only time that it is shown. */
export async function showSecret(
  { output }: Cli,
  id: string,
  { secret, publicKey }: ShownSecret,
): Promise<void> {
  try {
    if (output.isJson) await output.json({ id, secret, publicKey });
    else await output.data(linesOf({ id, secret, "public key": publicKey }));
  } catch (error) {
    output.warn(
      `Warning: nobody has read the secret of ${id}; a new one: sluice subscriptions rotate ${id}`,
    );
    throw error;
  }
  if (secret !== null) {
    output.note("Give the secret to the receiver: it is not shown again");
  } else if (publicKey !== null) {
    output.note("Give the public key to the receiver: it is not shown again");
  }
}

function linesOf(facts: Readonly<Record<string, string | null>>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(12)}${value}\n`)
    .join("");
}
