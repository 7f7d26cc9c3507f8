import { generateKeyPair } from "../../src/crypto/mod.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxKeys,
  type SandboxOptions,
  type SandboxServer,
} from "../../src/sandbox/mod.ts";

/** One key pair for all sandboxes of a test file, since making one takes long. */
export const KEYS: SandboxKeys = await generateKeyPair();

/** What came back, read to the end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** A value entry of the wire. */
export interface Entry {
  value: unknown;
  value_url: string;
  live: boolean;
  updatedAt: string;
  expired_at: string;
}

/** A row of any endpoint. */
export interface Row {
  id: string;
  event: string;
  type: string;
  message: string;
  connection_id: string;
  user_id: string;
  person_user_id: string;
  values: { email: Entry; address: Entry; photo: Entry };
  pending_consent: string[];
  value: unknown;
  value_url: string;
  [name: string]: unknown;
}

/** The members of all answers together. */
export interface Page {
  total: number;
  items: [Row, ...Row[]];
  changes: [Row, ...Row[]];
  request_fields: [Row, ...Row[]];
  public_key: string;
}

/** A sandbox on a free port, with a caller that holds a token. */
export interface Rig extends AsyncDisposable {
  sandbox: Sandbox;
  server: SandboxServer;
  /** GET with a token. */
  get(path: string, accept?: string): Promise<Answer>;
  /** The same, parsed as JSON; the test knows which members there are. */
  json(path: string): Promise<Page>;
}

/** Creates a sandbox whose keys cost nothing. */
export async function quickSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  return await createSandbox({ keys: KEYS, keyIterations: 1, ...options });
}

/** Starts a sandbox over HTTP. */
export async function startRig(options: SandboxOptions = {}): Promise<Rig> {
  const sandbox = await quickSandbox(options);
  const server = await sandbox.listen();
  const { access_token } = JSON.parse((await askToken(sandbox)).text);
  const get = (path: string, accept = "application/json"): Promise<Answer> =>
    read(fetch(server.url + path, {
      headers: { authorization: `Bearer ${access_token}`, accept },
    }));
  return {
    sandbox,
    server,
    get,
    json: async (path) => JSON.parse((await get(path)).text),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** Asks for a token as a client does; members can be put over the form's. */
export async function askToken(
  sandbox: Sandbox,
  over: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { api_url, client_id, client_secret } = sandbox.config();
  return await read(fetch(`${api_url}/oauth2/token`, {
    method: "POST",
    headers,
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id,
      client_secret,
      ...over,
    }),
  }));
}

/** Reads an answer to its end. */
export async function read(pending: Promise<Response>): Promise<Answer> {
  const response = await pending;
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Never resolves; rejects with the signal's reason when it aborts. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}
