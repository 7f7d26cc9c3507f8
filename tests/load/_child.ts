import { fromFileUrl } from "@std/path";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { cleanEnv } from "../examples/_child.ts";
import { variablesOf } from "../examples/_target.ts";
import type { Kind } from "./_server.ts";

/** Secret of the webhook that all deliveries are for. */
export const SECRET = "the secret of the load";
/** Its id. */
export const WEBHOOK_ID = "wh_load";

/** A server in another process. */
export interface Server {
  readonly port: number;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it as a power cut would end the process. */
  kill(): Promise<void>;
}

/** A platform that knows the webhook of the load. */
export async function loadSandbox(): Promise<Sandbox> {
  const sandbox = await createSandbox({ keyIterations: 1 });
  await sandbox.addWebhook({
    id: WEBHOOK_ID,
    url: "http://127.0.0.1/webhook",
    auth: { method: "hmac", secret: SECRET },
  });
  return sandbox;
}

/** Starts a server of a kind and waits until it listens. */
export async function startServer(
  kind: Kind,
  { dir, sandbox }: { dir: string; sandbox: Sandbox },
): Promise<Server> {
  const script = fromFileUrl(new URL("./_server.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-kv", script, kind, dir],
    clearEnv: true,
    env: cleanEnv(variablesOf(sandbox.config())),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.getReader();
  const { value } = await output.read();
  const end = async (how: () => unknown): Promise<void> => {
    await how();
    await child.status;
    await output.cancel();
  };
  return {
    port: Number(new TextDecoder().decode(value)),
    stop: () => end(() => child.stdin.close()),
    kill: () =>
      end(() => {
        child.kill("SIGKILL");
        // Its reader is gone.
        return child.stdin.abort().catch(() => {});
      }),
  };
}
