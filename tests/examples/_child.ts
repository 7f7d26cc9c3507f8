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
  /** Whether Deno says what it does, such as where it listens. Default is `false`. */
  talks?: boolean;
}

/** A process that runs an example as a user would. */
export function example(path: string, options?: RunOptions): Deno.Command {
  return script(new URL(`examples/${path}`, ROOT).href, options);
}

/** A process that runs a script with the package at hand, wherever the script lies. */
export function script(path: string, options: RunOptions = {}): Deno.Command {
  const { command = "run", cwd, env, talks = false } = options;
  const config = fromFileUrl(new URL("deno.json", ROOT));
  return new Deno.Command(Deno.execPath(), {
    // `deno task check` checks the types; here they would only cost time, and Deno 2.5 does not know all of the options.
    args: [
      command,
      ...talks ? [] : ["--quiet"],
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

/** What a server in another process says. */
export interface Output {
  /** Where it listens; rejects when it ends before. */
  readonly url: Promise<string>;
  /** Resolves once it will say nothing more. */
  readonly ended: Promise<void>;
}

/** Reads what a server writes to its end, so that it never waits for a reader. */
export function readOutput(child: Deno.ChildProcess): Output {
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  let all = "";
  const read = async (stream: ReadableStream<BufferSource>): Promise<void> => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      all += text;
      // Which stream Deno says it on depends on its version.
      const [, found] = /Listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(all) ??
        [];
      if (found) resolve(found);
    }
  };
  url.catch(() => {}); // heard where the URL is wanted
  const ended = Promise.all([read(child.stdout), read(child.stderr)]).then(
    () => reject(new Error(`It ended before it listened: ${all}`)),
  );
  return { url, ended };
}

/** Sends the signal and waits for the end; gives the exit code and the milliseconds that it took. */
export async function endExample(
  child: Deno.ChildProcess,
  output: Output,
  signal: Deno.Signal,
): Promise<{ code: number; ms: number }> {
  const start = performance.now();
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
  const { code } = await child.status;
  const ms = performance.now() - start;
  await output.ended;
  return { code, ms };
}
