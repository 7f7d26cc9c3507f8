import { encodeUtf8 } from "../_internal/bytes.ts";
import {
  type HostFiles,
  hostFiles,
  readHostTextFile,
  writeHostFile,
} from "../_internal/host.ts";
import { ConfigError } from "../errors.ts";
import { projectNames } from "./_names.ts";
import { projectFiles } from "./_template.ts";

/** How a project is written. */
export interface ScaffoldOptions {
  /** Whether a directory with something in it is taken and files in it are overwritten. Defaults to `false`. */
  force?: boolean;
  /** Whether only the tests are written. Defaults to `false`. */
  testsOnly?: boolean;
}

/**
 * Writes a new connector project that runs and whose tests pass: `deno.json`, the integration, its settings, a client,
 * capabilities and tests.
 *
 * Either all files are written or none: when one cannot be, those before it are taken back, with what they replaced.
 *
 * @param name The name of the connector, such as `"my-app"`: words joined by `-`, `_` or a space.
 * @param directory Where to write; it is made when it is not there.
 * @param options What may be overwritten.
 * @returns The paths of the files, relative to the directory.
 * @throws {TypeError} For a name that cannot be used.
 * @throws {ConfigError} When the directory is not empty, or something cannot be written.
 */
export async function scaffold(
  name: string,
  directory: string,
  options: ScaffoldOptions = {},
): Promise<string[]> {
  const { force = false, testsOnly = false } = options;
  const files = [...projectFiles(projectNames(name))]
    .filter(([path]) => !testsOnly || path.startsWith("tests/"));
  const host = foldersOf(hostFiles());
  await assertFree(host, { directory, force });
  const undo: Undo[] = [];
  try {
    for (const [path, text] of files) {
      await writeOne(`${directory}/${path}`, { text, host, undo });
    }
  } catch (cause) {
    await takeBack(undo);
    throw new ConfigError(
      `Cannot write the project: ${directory} is as it was before`,
      { cause },
    );
  }
  return files.map(([path]) => path);
}

type Undo = () => Promise<unknown>;

interface Folders extends HostFiles {
  rmdir(path: string): Promise<void>;
}

function foldersOf(files: HostFiles | undefined): Folders {
  if (files) return files as Folders;
  throw new ConfigError(
    "Cannot write a project: wanted a host with a filesystem",
  );
}

async function assertFree(
  host: Folders,
  { directory, force }: { directory: string; force: boolean },
): Promise<void> {
  if (force) return;
  const entries = await host.readdir(directory).catch((cause) => {
    if (isAbsent(cause)) return [];
    throw new ConfigError(`Cannot read ${directory}: wanted a directory`, {
      cause,
    });
  });
  if (entries.length === 0) return;
  throw new ConfigError(
    `Cannot write the project: ${directory} is not empty, wanted another directory or the option "force"`,
  );
}

async function writeOne(
  path: string,
  { text, host, undo }: { text: string; host: Folders; undo: Undo[] },
): Promise<void> {
  await makeFolder(path.slice(0, path.lastIndexOf("/")), { host, undo });
  const before = await readHostTextFile(path).catch((error) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  await writeHostFile(path, encodeUtf8(text));
  undo.push(() =>
    before === undefined
      ? host.rm(path, { force: true })
      : writeHostFile(path, encodeUtf8(before))
  );
}

// One level after the other, so that each can be taken back.
async function makeFolder(
  folder: string,
  { host, undo }: { host: Folders; undo: Undo[] },
): Promise<void> {
  const there = await host.readdir(folder).then(() => true, () => false);
  if (there) return;
  const parent = folder.replace(/[\\/]+[^\\/]*$/, "");
  if (parent !== folder && parent !== "") {
    await makeFolder(parent, { host, undo });
  }
  await host.mkdir(folder, { recursive: false, mode: 0o755 });
  undo.push(() => host.rmdir(folder));
}

async function takeBack(undo: readonly Undo[]): Promise<void> {
  for (const step of [...undo].reverse()) {
    await step().catch(() => undefined); // the first failure is the one to tell
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT" ||
    error instanceof Error && error.name === "NotFound";
}
