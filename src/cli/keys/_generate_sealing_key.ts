import { resolve } from "@std/path";
import { encodeUtf8 } from "../../_internal/bytes.ts";
import { generateSealingKey } from "../../crypto/seal.ts";
import type { Cli } from "../_command.ts";
import { writeNewFile } from "../_files/new_file.ts";
import { SEALING_KEY } from "../_sender/sealing_key.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Makes a sealing key, and writes it to a new file. */
export async function generateSealing(
  { output }: Cli,
  { out = "sealing.key" }: { readonly out?: string },
): Promise<ExitCode> {
  await writeNewFile(out, encodeUtf8(`${generateSealingKey()}\n`));
  if (output.isJson) await output.json({ sealingKey: out });
  else {
    output.note(`--sealing-key-file ${resolve(out)}`);
    output.note(`${SEALING_KEY}: the text in ${out}`);
  }
  return EXIT.done;
}
