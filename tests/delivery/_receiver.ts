import { fromFileUrl } from "@std/path";
import { fromBase64 } from "../../src/_internal/base64.ts";

/** What a path of the receiver does with a request. */
export interface Behaviour {
  /** Status of the answer; 200 by default. */
  readonly status?: number;
  /** Headers of the answer, a `retry-after` or a `location` for instance. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of the answer; `"ok"` by default. */
  readonly body?: string;
  /** Answers with all that came in, as JSON in place of `body`. */
  readonly echoes?: boolean;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
  /** Bytes that follow the body; `"endless"` for no end. */
  readonly pads?: number | "endless";
  /** Milliseconds between two pieces of the padding; 0 by default. */
  readonly paceMs?: number;
  /** Stops for good: before the answer, or after its head and body. */
  readonly hangs?: "head" | "body";
  /**
   * Closes the connection: before the answer, or after its head and body, which announces more. Only for paths below
   * `/raw/`, where nothing else but status, headers and body counts.
   */
  readonly closes?: "head" | "body";
}

/** A request as the receiver got it. */
export interface ReceivedRequest {
  readonly path: string;
  /** The path with its query. */
  readonly target: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

/** A real HTTP server on the loopback address, in a process of its own. */
export interface Receiver extends AsyncDisposable {
  /** A URL of the receiver; below `/raw/` the server is one of bare sockets, which can close them. */
  url(path: string): string;
  /** What requests of a path get, one after the other; the last for all that follow. Other paths answer 200. */
  behave(path: string, ...behaviours: Behaviour[]): Promise<void>;
  /** All requests, or those of a path, in their order. */
  received(path?: string): Promise<ReceivedRequest[]>;
  /** How many requests there were, without their bodies. */
  count(path?: string): Promise<number>;
  /** Forgets requests and behaviours. */
  forget(): Promise<void>;
}

/** Starts a receiver; it ends when it is disposed of, and with its parent at the latest. */
export async function startReceiver(): Promise<Receiver> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", mainFile()],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  const [port, rawPort] = (await firstLine(output)).split(" ").map(Number);
  const ask = async (name: string, query: object): Promise<Response> => {
    const body = JSON.stringify(query);
    const url = `http://127.0.0.1:${port}/__control/${name}`;
    const answer = await fetch(url, { method: "POST", body });
    if (answer.ok) return answer;
    throw new Error(`The receiver refused ${name}: ${await answer.text()}`);
  };
  return {
    url: (path) =>
      `http://127.0.0.1:${path.startsWith("/raw/") ? rawPort : port}${path}`,
    behave: (path, ...behaviours) => told(ask("behave", { path, behaviours })),
    received: async (path) =>
      (await (await ask("received", { path })).json()).map(decoded),
    count: async (path) => await (await ask("count", { path })).json(),
    forget: () => told(ask("forget", {})),
    async [Symbol.asyncDispose](): Promise<void> {
      // The end of its input ends it.
      await child.stdin.close();
      await child.status;
    },
  };
}

function mainFile(): string {
  return fromFileUrl(import.meta.resolve("./_receiver_main.ts"));
}

async function firstLine(output: ReadableStream<string>): Promise<string> {
  let text = "";
  // Reading goes no further; the stream is cancelled with the loop.
  for await (const piece of output) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text;
}

async function told(answer: Promise<Response>): Promise<void> {
  await (await answer).body?.cancel();
}

function decoded(
  { body, ...rest }: Omit<ReceivedRequest, "body"> & { body: string },
): ReceivedRequest {
  return { ...rest, body: fromBase64(body) ?? new Uint8Array() };
}
