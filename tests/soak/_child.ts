/**
 * Drains until it is killed or, when told to finish, until everything is delivered. What it stored and what it handled
 * goes to a file with one call each.
 */
import { Client } from "../../mod.ts";
import { seeded } from "../_support/seeded.ts";

const [configFile = "", world = "", seed = "1", finish = ""] = Deno.args;
const log = Deno.openSync(world, { append: true, create: true });
const random = seeded(Number(seed));

function remember(line: string): void {
  log.writeSync(new TextEncoder().encode(`${line}\n`));
}

const client = await Client.fromConfig(configFile, {
  env: {},
  logger: {
    info: (message) =>
      message === "Stored a page of the feed" && remember("stored"),
    warn: () => {},
  },
});
const handler = async ({ id }: { id: string | null }): Promise<void> => {
  if (finish === "" && random() < 0.1) throw new Error("by chance");
  await Promise.resolve();
  remember(`handled ${id}`);
};
const options = {
  maxRetries: 2,
  backoff: () => 0,
  concurrency: random() < 0.5 ? 1 : 4,
  batchSize: 20,
};
remember("started");
for (;;) {
  try {
    await client.processChanges(handler, options);
    if (finish !== "") break;
  } catch (error) {
    // A failed fetch ends a run; what it had is in the store.
    if (!(error instanceof Error) || !("code" in error)) throw error;
  }
}
await client.retryDeadLetters(handler, { includeSuperseded: true });
await client[Symbol.asyncDispose]();
