import { encodeUtf8 } from "../_internal/bytes.ts";
import { type HostFiles, hostFiles, writeHostFile } from "../_internal/host.ts";
import { ConfigError } from "../errors.ts";
import { projectNames } from "./_names.ts";
import { projectFiles } from "./_template.ts";

/** How a project is written. */
export interface ScaffoldOptions {
  /** Whether a directory with something in it is taken and files in it are overwritten, which keep their mode. Defaults to `false`. */
  force?: boolean;
  /** Whether only the tests are written, also into a project that is there, where none is overwritten. Defaults to `false`. */
  testsOnly?: boolean;
}

/**
 * Writes a new connector project that runs and whose tests pass: `deno.json`, the integration, its settings, a client,
 * capabilities and tests.
 *
 * Either all files are written or none: when one cannot be, those before it are taken back, with what they replaced.
 * No symbolic link below the directory is followed.
 *
 * @param name The name of the connector, such as `"my-app"`: words joined by `-`, `_` or a space.
 * @param directory Where to write; it is made when it is not there.
 * @param options What may be overwritten.
 * @returns The paths of the files, relative to the directory.
 * @throws {TypeError} For a name or a directory that cannot be used.
 * @throws {ConfigError} When the directory is not empty, something in the way is a symbolic link, or something cannot be written.
 */
export async function scaffold(
  name: string,
  directory: string,
  options: ScaffoldOptions = {},
): Promise<string[]> {
  const { force = false, testsOnly = false } = options;
  const files = [...projectFiles(projectNames(name))]
    .filter(([path]) => !testsOnly || path.startsWith("tests/"));
  if (typeof directory !== "string" || directory === "") {
    throw new TypeError(
      "Cannot use directory: wanted a path that is not empty",
    );
  }
  const host = foldersOf(hostFiles());
  const paths = files.map(([path]) => path);
  if (!force && testsOnly) await assertNew(host, { directory, paths });
  if (!force && !testsOnly) await assertEmpty(host, directory);
  await assertNoLinks(host, { directory, paths });
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
  return paths;
}

const FILE_MODE = 0o644; // no file of a new project holds a secret
const PERMISSIONS = 0o777;

type Undo = () => Promise<unknown>;

interface Folders extends Omit<HostFiles, "readFile"> {
  rmdir(path: string): Promise<void>;
  readFile(path: string): Promise<Uint8Array>;
  chmod(path: string, mode: number): Promise<void>;
  lstat(path: string): Promise<Stat>;
}

interface Stat {
  readonly mode: number;
  isSymbolicLink(): boolean;
}

function foldersOf(files: HostFiles | undefined): Folders {
  // The module has more functions than its usual type names.
  if (files) return files as unknown as Folders;
  throw new ConfigError(
    "Cannot write a project: wanted a host with a filesystem",
  );
}

// Tests are added to a project that is there already.
async function assertNew(
  host: Folders,
  { directory, paths }: { directory: string; paths: readonly string[] },
): Promise<void> {
  for (const path of paths) {
    if (await statOf(host, `${directory}/${path}`) === undefined) continue;
    throw new ConfigError(
      `Cannot write the project: ${directory}/${path} is there already, wanted another directory or the option "force"`,
    );
  }
}

// Through a link a file would be written, or taken away again, somewhere else.
async function assertNoLinks(
  host: Folders,
  { directory, paths }: { directory: string; paths: readonly string[] },
): Promise<void> {
  const levels = paths.flatMap((path) =>
    path.split("/").map((_, at, names) => names.slice(0, at + 1).join("/"))
  );
  for (const level of new Set(levels)) {
    const stat = await statOf(host, `${directory}/${level}`);
    if (!stat?.isSymbolicLink()) continue;
    throw new ConfigError(
      `Cannot write the project: ${directory}/${level} is a symbolic link, wanted none below the directory`,
    );
  }
}

async function statOf(
  host: Folders,
  path: string,
): Promise<Stat | undefined> {
  try {
    return await host.lstat(path);
  } catch (cause) {
    if (isAbsent(cause) || isBelowFile(cause)) return undefined;
    throw new ConfigError(`Cannot write the project: ${path} is out of reach`, {
      cause,
    });
  }
}

async function assertEmpty(host: Folders, directory: string): Promise<void> {
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
  const before = await contentOf(host, path);
  const { mode = FILE_MODE } = before ?? {};
  undo.push(() =>
    before ? put({ host, path }, before) : host.rm(path, { force: true })
  );
  await put({ host, path }, { bytes: encodeUtf8(text), mode });
}

interface Content {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

async function contentOf(
  host: Folders,
  path: string,
): Promise<Content | undefined> {
  const stat = await statOf(host, path);
  return stat &&
    { bytes: await host.readFile(path), mode: stat.mode & PERMISSIONS };
}

async function put(
  { host, path }: { host: Folders; path: string },
  { bytes, mode }: Content,
): Promise<void> {
  await writeHostFile(path, bytes);
  await host.chmod(path, mode); // it has been readable by its owner alone
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

function isBelowFile(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOTDIR";
}
