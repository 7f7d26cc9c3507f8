/**
 * Drains 1,000 encrypted changes from a local sandbox, kills the process half way, lets a second one go on, and checks
 * that not one change was lost. `deno task demo` runs it; it exits with 1 when something is not as it must be.
 *
 * @module
 */
import { createSandbox, type Sandbox } from "@sluice/edge/sandbox";
import { findText, type Folder, makeFolder } from "./_folder.ts";
import { onInterrupt } from "./_interrupt.ts";
import { connectPeople, MARK, planChanges } from "./_people.ts";
import { drain, type Drained } from "./_process.ts";
import { count, startProgress, stdout } from "./_progress.ts";
import { judge, summarize } from "./_summary.ts";
import { readTable, type Row } from "./_table.ts";
import { expectedRow } from "./_verify.ts";

/** Where the changes come from, and what must become of them. */
interface Stage {
  readonly sandbox: Sandbox;
  readonly port: number;
  readonly folder: Folder;
  readonly expected: readonly Row[];
  readonly signal: AbortSignal;
}

const PEOPLE = 100;
const KILL_AT = 500;
// What a shell reports of a process that Ctrl-C has ended.
const INTERRUPTED = 130;

Deno.exitCode = await main();

async function main(): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    return await demo(signal) ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    return INTERRUPTED;
  }
}

async function demo(signal: AbortSignal): Promise<boolean> {
  stdout.write("Sluice demo: kill -9 half way, and nothing is lost\n\n");
  await using sandbox = await createSandbox();
  const { port } = await sandbox.listen();
  await using folder = await makeFolder(sandbox);
  const expected = await publish(sandbox);
  const stage = { sandbox, port, folder, expected, signal };

  const first = await show(stage, { label: "first process ", killAt: KILL_AT });
  const leaks = await findText(folder.store, MARK);
  sayKilled(stage, leaks);
  const second = await show(stage, { label: "second process" });

  const outcome = judge(expected, readTable(folder.table), {
    runs: [first, second],
    leaks,
  });
  stdout.write(summarize(outcome));
  return outcome.problems.length === 0;
}

/** Publishes the changes; gives the rows that the handler must come to. */
async function publish(sandbox: Sandbox): Promise<Row[]> {
  const people = await connectPeople(sandbox, PEOPLE);
  const changes = planChanges(people);
  const wires = await sandbox.publishMany(changes);
  const rows = wires.flatMap((wire, index) => {
    const change = changes[index];
    return change ? [expectedRow(change, wire)] : [];
  });
  stdout.write(
    `  published       ${count(rows.length)} changes of ${PEOPLE} people\n`,
  );
  return await Promise.all(rows);
}

async function show(
  stage: Stage,
  options: { label: string; killAt?: number },
): Promise<Drained> {
  const { port, folder, expected, signal } = stage;
  const { label, ...when } = options;
  using progress = startProgress({ label, total: expected.length });
  const onRows = (rows: number): void => progress.update(rows);
  return await drain(folder, { port, signal, onRows, ...when });
}

/** Says what there was when the process died: the server had deleted what nobody but the store has kept. */
function sayKilled(
  { sandbox, folder }: Stage,
  leaks: readonly string[],
): void {
  const kept = readTable(folder.table).length;
  const stored = count(sandbox.takenCount - kept);
  const state = leaks.length === 0 ? "encrypted" : "READABLE";
  stdout.write(
    `  killed          with SIGKILL; ${stored} changes that the server has ` +
      `deleted are in the store only, ${state}\n`,
  );
}
