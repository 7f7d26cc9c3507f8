/** A folder as another client of the family leaves it, for the time of a test. */
export async function withOldFolder(
  files: Readonly<Record<string, string>>,
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/pending`);
    await Deno.mkdir(`${dir}/deadletter`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The name of an event's file. */
export function fileName(number: number, id: string): string {
  return `${String(number).padStart(16, "0")}_${id}.json`;
}

/** The text of an event's file. */
export function eventText(id: string, more: object = {}): string {
  return JSON.stringify({
    id,
    event: "connection_created",
    person_user_id: "p",
    ...more,
  });
}

/** The names in a folder, in order; none when it is not there. */
export function namesIn(dir: string): string[] {
  try {
    return [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
