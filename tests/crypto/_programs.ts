/** A folder of its own for the commands of one test. */
export interface Workshop {
  /** Runs a shell command; throws with its words when it fails. */
  sh(command: string): Promise<string>;
  /** Writes a file. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** Reads a file as text. */
  read(name: string): Promise<string>;
  /** Reads a file as bytes. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Defines a test that runs real programs; it is ignored only where one of them is absent, and its name says so. */
export function testWith(
  programs: readonly string[],
  options: { name: string; fn: (shop: Workshop) => Promise<void> },
): void {
  const absent = programs.filter((program) => !isInstalled(program));
  const { name, fn } = options;
  Deno.test({
    name: absent.length === 0
      ? name
      : `${name} (ignored: ${absent.join(", ")} not installed)`,
    ignore: absent.length > 0,
    fn: () => inWorkshop(fn),
  });
}

async function inWorkshop(
  fn: (shop: Workshop) => Promise<void>,
): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    await fn({
      sh: (command) => runShell(command, cwd),
      write: (name, content) =>
        typeof content === "string"
          ? Deno.writeTextFile(`${cwd}/${name}`, content, { mode: 0o600 })
          : Deno.writeFile(`${cwd}/${name}`, content, { mode: 0o600 }),
      read: (name) => Deno.readTextFile(`${cwd}/${name}`),
      readBytes: (name) => Deno.readFile(`${cwd}/${name}`),
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

async function runShell(command: string, cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function isInstalled(program: string): boolean {
  try {
    const args = ["-c", `command -v ${program}`];
    return new Deno.Command("sh", { args, stdout: "null" }).outputSync()
      .success;
  } catch {
    return false; // a host without a shell
  }
}
