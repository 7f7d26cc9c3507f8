/**
 * Prints everybody who is connected to the service that `allus.json` names, one person a line: name and answers,
 * separated by tabs.
 *
 *     deno run -A examples/connections.ts
 *
 * @module
 */
import { BinaryHandle, Client, type Value } from "@sluice/edge";

await using client = await Client.fromConfig("allus.json");

for await (const { displayName, values } of client.connections()) {
  const answers = Object.entries(values).map(([slug, answer]) =>
    `${slug}=${show(answer)}`
  );
  console.log([displayName, ...answers].join("\t"));
}

/** A value as text. One that cannot be decrypted throws when it is read, so its error is looked at first. */
function show(answer: Value): string {
  if (answer.error) return "(cannot be decrypted)";
  const { value } = answer;
  if (value instanceof BinaryHandle) return "(a file)";
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === "string" ? value : JSON.stringify(value);
}
