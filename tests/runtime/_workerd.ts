/**
 * Real workerd for tests: bundles an entry, starts the binary on a free port, ends it in order or with SIGKILL, and
 * starts it again on the same disk.
 */
// deno-lint-ignore no-import-prefix -- a test's 140 MB are no dependency of the package
import workerd from "npm:workerd@1.20260426.1";
import { fromFileUrl, join } from "@std/path";

/** What runs in a {@linkcode Workerd}. */
export interface WorkerdOptions {
  /** The worker as one module, as {@linkcode bundleWorker} makes it. */
  readonly script: string;
  /** Where the objects of the exported class keep their storage. Without it there is no such class. */
  readonly disk?: string;
  /** Name of that class, and in upper case of its binding. Default is `Store`. */
  readonly className?: string;
  /** `false` for the older kind of storage. Default is `true`. */
  readonly sqlite?: boolean;
  /** `host:port` that the worker reaches through its binding `WORLD`. */
  readonly world?: string;
  /** Variables and secrets. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Lets `fetch` reach this machine, which only the internet is open to otherwise. Default is `false`. */
  readonly reachesLocal?: boolean;
}

/** A running workerd. */
export interface Workerd extends AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Asks the worker and reads its JSON answer. */
  ask<T>(path: string, init?: RequestInit): Promise<T>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it as a power cut would end the process. */
  kill(): Promise<void>;
}

// Not newer than the binary, which refuses dates that it does not know.
const COMPATIBILITY_DATE = "2026-04-01";
const START_MS = 30_000;
const STOP_MS = 5_000;
const ASK_MS = 120_000;

// workerd counts how long a connection has been idle from the start of the turn that answered: after a check of
// seconds it closes at once, which cuts off a request that is on its way.
const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });

/** Bundles an entry of this folder into one module and gives its text. */
export async function bundleWorker(entry: string): Promise<string> {
  const dir = await Deno.makeTempDir();
  try {
    const output = join(dir, "worker.js");
    const bundle = new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--platform", "browser", "-o", output, besides(entry)],
      // Deno 2.5 fetches its bundler past the settings of npm, and knows none but its own certificates.
      env: { DENO_TLS_CA_STORE: "mozilla,system" },
      stdout: "null",
      stderr: "piped",
    });
    const { success, stderr } = await bundle.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** `fetch` over a connection of its own. */
export function fetchAlone(
  input: string | Request,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(input, { ...init, client });
}

/** Starts workerd and waits until it listens. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(join(dir, "worker.js"), options.script);
  await Deno.writeTextFile(join(dir, "config.capnp"), configText(options));
  const child = new Deno.Command(binaryPath(), {
    args: ["serve", join(dir, "config.capnp"), "--control-fd=1"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.getReader();
  let ended: Promise<void> | undefined;
  const end = (signal: Deno.Signal): Promise<void> =>
    ended ??= endChild({ child, lines, dir, signal });
  try {
    const port = await within(START_MS, listeningPort(lines), () => {
      child.kill("SIGKILL");
    });
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      ask: (path, init) => ask(`${url}${path}`, init),
      stop: () => end("SIGTERM"),
      kill: () => end("SIGKILL"),
      [Symbol.asyncDispose]: () => end("SIGKILL"),
    };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

function binaryPath(): string {
  // A CommonJS module: its path is the default export, which some releases of Deno wrap once more.
  const path: unknown = workerd;
  if (typeof path === "string") return path;
  return (path as { readonly default: string }).default;
}

function besides(entry: string): string {
  return fromFileUrl(new URL(entry, import.meta.url));
}

function configText(options: WorkerdOptions): string {
  const { disk, world, sqlite = true, className = "Store" } = options;
  const services = ['(name = "main", worker = .worker)'];
  const bindings = Object.entries(options.vars ?? {}).map(([name, value]) =>
    `(name = "${name}", text = ${JSON.stringify(value)})`
  );
  const members = [
    'modules = [(name = "worker", esModule = embed "worker.js")]',
    `compatibilityDate = "${COMPATIBILITY_DATE}"`,
  ];
  if (disk !== undefined) {
    const path = JSON.stringify(disk);
    services.push(`(name = "disk", disk = (path = ${path}, writable = true))`);
    const binding = className.toUpperCase();
    bindings.push(
      `(name = "${binding}", durableObjectNamespace = "${className}")`,
    );
    members.push(
      `durableObjectNamespaces = [(className = "${className}", uniqueKey = "store", enableSql = ${sqlite})]`,
      'durableObjectStorage = (localDisk = "disk")',
    );
  }
  if (world !== undefined) {
    const address = JSON.stringify(world);
    services.push(
      `(name = "world", external = (address = ${address}, http = ()))`,
    );
    bindings.push('(name = "WORLD", service = "world")');
  }
  if (options.reachesLocal) {
    services.push(
      '(name = "internet", network = (allow = ["public", "private"]))',
    );
  }
  members.push(`bindings = [${bindings.join(", ")}]`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
const worker :Workerd.Worker = (${members.join(", ")});
`;
}

async function listeningPort(
  lines: ReadableStreamDefaultReader<Uint8Array>,
): Promise<number> {
  const decoder = new TextDecoder();
  for (let said = "";;) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`workerd ended before it listened: ${said}`);
    said += decoder.decode(value, { stream: true });
    const port = /"event":"listen","socket":"http","port":(\d+)/.exec(said);
    if (port) return Number(port[1]);
  }
}

async function endChild({ child, lines, dir, signal }: {
  child: Deno.ChildProcess;
  lines: ReadableStreamDefaultReader<Uint8Array>;
  dir: string;
  signal: Deno.Signal;
}): Promise<void> {
  signalChild(child, signal);
  await within(STOP_MS, child.status, () => signalChild(child, "SIGKILL"));
  await lines.cancel();
  await Deno.remove(dir, { recursive: true });
}

function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

async function ask<T>(url: string, init: RequestInit = {}): Promise<T> {
  const late = new AbortController();
  const asked = async (): Promise<T> => {
    const response = await fetchAlone(url, { ...init, signal: late.signal });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    throw new Error(`the worker answered ${response.status}: ${text}`);
  };
  return await within(ASK_MS, asked(), () => late.abort());
}

/** Waits; when it takes too long, `giveUp` must bring the promise to its end. */
async function within<T>(
  ms: number,
  promise: Promise<T>,
  giveUp: () => void,
): Promise<T> {
  const timer = setTimeout(giveUp, ms);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
