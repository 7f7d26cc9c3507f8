import { type Row, table } from "./_measure.ts";

/** Where the numbers come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Operating system and architecture. */
  readonly system: string;
  readonly deno: string;
}

/** The machine that this runs on. */
export async function thisMachine(): Promise<Machine> {
  return {
    cpu: await cpuModel(),
    cores: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

/** The page that README.md quotes: the machine, the day, how to repeat it, and the table. */
export function report(
  rows: readonly Row[],
  { machine, date }: { machine: Machine; date: Date },
): string {
  const { cpu, cores, memoryBytes, system, deno } = machine;
  const memory = `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  const day = date.toISOString().slice(0, 10);
  return [
    "# Benchmarks",
    `${cpu}, ${cores} cores, ${memory} of memory, ${system}, Deno ${deno}, ${day}.`,
    "`deno task bench` measures this again and writes this file; `deno task bench delivery` prints one part.",
    "A ratio is what Sluice reached, divided by what the same machine does in the same run without it. 1 is the ceiling.",
    table(rows),
    "",
  ].join("\n\n").trimEnd() + "\n";
}

/** Writes a page in the form that `deno fmt --check` wants. */
export async function writePage(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", path],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot format ${path}`);
}

async function cpuModel(): Promise<string> {
  try {
    const text = await Deno.readTextFile("/proc/cpuinfo");
    return /^model name\s*:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? "unknown CPU";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown CPU";
    throw error;
  }
}
