import { fromFileUrl } from "@std/path";

/** What an example did. */
export interface Finished {
  code: number;
  out: string;
  err: string;
}

/** The environment of an example: that of the tests, without what would lead it to a real platform or a proxy. */
export function cleanEnv(
  over: Record<string, string> = {},
): Record<string, string> {
  const own = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("ALLUS_"));
  const local = { NO_COLOR: "1", NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  return { ...Object.fromEntries(own), ...local, ...over };
}

/** The root of the repository. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** How an example is run. */
export interface RunOptions {
  command?: "run" | "test";
  cwd?: string;
  env?: Record<string, string>;
}

/** A process that runs an example as a user would. */
export function example(path: string, options?: RunOptions): Deno.Command {
  return script(new URL(`examples/${path}`, ROOT).href, options);
}

/** A process that runs a script with the package at hand, wherever the script lies. */
export function script(path: string, options: RunOptions = {}): Deno.Command {
  const { command = "run", cwd, env } = options;
  const config = fromFileUrl(new URL("deno.json", ROOT));
  return new Deno.Command(Deno.execPath(), {
    // `deno task check` checks the types; here they would only cost time, and Deno 2.5 does not know all of the options.
    args: [
      command,
      "--quiet",
      "--no-check",
      "-A",
      `--config=${config}`,
      path,
    ],
    clearEnv: true,
    env: cleanEnv(env),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...cwd === undefined ? {} : { cwd },
  });
}

/** Runs it to its end. */
export async function finish(command: Deno.Command): Promise<Finished> {
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A folder that is removed at the end. */
export async function tempFolder(): Promise<
  AsyncDisposable & { path: string }
> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
