import { assert } from "@std/assert";
import {
  ActionError,
  ActionResult,
  ExecutionContext,
  Integration,
  runPollingTrigger,
} from "../../src/integration/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { config, FORM, jumping, POLLING } from "../integration/_support.ts";
import { Evidence } from "./_evidence.ts";
import { hostileFetch, STRIKES } from "./_hostile_fetch.ts";

const URL_OF_API = "https://api.example/v1";

/** An integration with planted credentials over a network that repeats all that it is sent. */
async function world(
  credentialsOf: (secret: string) => unknown,
): Promise<{
  evidence: Evidence;
  integration: Integration;
  context: ExecutionContext;
  strikeAll(work: () => Promise<void>): Promise<void>;
}> {
  const evidence = new Evidence();
  const secret = evidence.plant("credential", "pl4nted/credential+of=é");
  const hostile = hostileFetch(() => Promise.resolve(Response.json({})));
  const integration = await Integration.load(
    config({ ...POLLING, auth: FORM }),
    { safe: true, onEvent: evidence.onEvent },
  );
  const context = new ExecutionContext({
    auth: credentialsOf(secret),
    fetch: hostile.fetch,
    logger: evidence.logger,
    clock: jumping(),
    random: () => 0,
    requestConfig: { maxRetries: 1 } as never,
  });
  return {
    evidence,
    integration,
    context,
    async strikeAll(work): Promise<void> {
      for (const strike of STRIKES) {
        hostile.strike(strike);
        await work();
      }
      assert(hostile.struck >= STRIKES.length);
    },
  };
}

const CREDENTIALS: Record<string, (secret: string) => unknown> = {
  "fields alone": (secret) => ({ api_key: secret }),
  "an envelope": (secret) => ({
    auth_type: "Custom",
    credentials: { api_key: secret },
  }),
  "an access token": (secret) => ({
    auth_type: "PlatformOauth2",
    credentials: { access_token: encodeURIComponent(secret), api_key: secret },
  }),
};

for (const [name, credentialsOf] of Object.entries(CREDENTIALS)) {
  Deno.test(`an integration with ${name} shows no planted credential`, async () => {
    const { evidence, integration, context, strikeAll } = await world(
      credentialsOf,
    );
    const secret = "pl4nted/credential+of=é";
    const presigned = evidence.plant("presigned", "pl4nted-presigned");
    let how = "";
    integration.action("echo")(async () => {
      const headers = { "x-api-key": encodeURIComponent(secret) };
      switch (how) {
        case "throw":
          throw new Error(`Cannot use ${secret}`, { cause: secret });
        case "error":
          return new ActionError(`Cannot use ${secret}`);
        case "output":
          return new ActionResult({ secret });
        case "outcome":
          return { secret } as never;
        default: {
          const { data } = await context.fetch(
            `${URL_OF_API}?X-Amz-Signature=${presigned}`,
            { method: "POST", headers, body: { key: secret } } as never,
          );
          return new ActionResult(typeof data);
        }
      }
    });
    const run = (inputs: unknown): Promise<void> =>
      evidence.attempt(() =>
        integration.executeAction("echo", inputs, context)
      );
    for (how of ["throw", "error", "output", "outcome"]) {
      await run({ text: "a" });
    }
    await run({ text: { [secret]: secret }, times: secret });
    await run(secret);
    how = "fetch";
    await strikeAll(async () => {
      await run({ text: "a" });
      await evidence.attempt(async () => {
        // What it throws by itself, too: responseData is asked for by name and shown by no print.
        await context.fetch(URL_OF_API, {
          headers: { authorization: `Bearer ${encodeURIComponent(secret)}` },
        });
        return "fetched";
      });
    });
    evidence.add("answer", context.config);
    evidence.add("answer", integration.check());
    for (const kind of ["error", "event", "answer"] as const) {
      assert(evidence.count(kind) > 5, kind);
    }
    evidence.assertClean();
  });
}

Deno.test("runPollingTrigger() shows no planted credential, nor the store behind it", async () => {
  const { evidence, integration, context, strikeAll } = await world(
    (secret) => ({ api_key: secret }),
  );
  const kv = memoryKv();
  let n = 0;
  integration.pollingTrigger("news")(async () => {
    n++;
    if (n % 2 === 0) return [{ id: n, data: { title: "t" } }];
    await context.fetch(`${URL_OF_API}?key=1`, {
      headers: { "x-api-key": encodeURIComponent("pl4nted/credential+of=é") },
    });
    return [];
  });
  const clock = jumping();
  await strikeAll(async () => {
    for (let i = 0; i < 2; i++) {
      await clock.sleep(600_000);
      await evidence.attempt(() =>
        runPollingTrigger(integration, "news", {
          kv,
          clock,
          context,
          handler: () => {
            throw new Error("pl4nted/credential+of=é");
          },
          maxRetries: 0,
        })
      );
    }
  });
  await evidence.addStore(kv);
  for (const kind of ["error", "event", "store"] as const) {
    assert(evidence.count(kind) > 5, kind);
  }
  evidence.assertClean();
});
