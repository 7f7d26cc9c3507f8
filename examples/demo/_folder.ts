import type { Sandbox } from "@sluice/edge/sandbox";

/** A folder of its own for the demo, which is removed at the end. */
export interface Folder extends AsyncDisposable {
  /** The folder. */
  readonly path: string;
  /** The configuration of the client. */
  readonly config: string;
  /** What the handler writes. */
  readonly table: string;
  /** The folder of the client's store. */
  readonly store: string;
}

/** Makes the folder, with the configuration file that a user would write. */
export async function makeFolder(sandbox: Sandbox): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "sluice-demo-" });
  const folder = {
    path,
    config: `${path}/allus.json`,
    table: `${path}/table.jsonl`,
    store: `${path}/store`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
  const config = sandbox.config({ cache_dir: folder.store });
  await Deno.writeTextFile(folder.config, JSON.stringify(config), {
    mode: 0o600,
  });
  return folder;
}

/** The files of a folder that hold a text somewhere among their bytes. */
export async function findText(
  folder: string,
  text: string,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${folder}/${name}`);
    if (new TextDecoder().decode(bytes).includes(text)) found.push(name);
  }
  return found;
}
