/** A check by its name, as `kvContract` gives it. */
export interface NamedCheck {
  readonly name: string;
  run(): Promise<void> | void;
}

/** What became of a check; it travels as JSON. */
export interface Outcome {
  readonly name: string;
  /** Absent when the check passed. */
  readonly failure?: string;
}

/** Runs checks one after the other. */
export async function outcomesOf(
  checks: readonly NamedCheck[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) outcomes.push(await outcomeOf(check));
  return outcomes;
}

/** Makes each outcome a step of a test. */
export async function stepThrough(
  t: Deno.TestContext,
  outcomes: readonly Outcome[],
): Promise<void> {
  for (const { name, failure } of outcomes) {
    await t.step(name, () => {
      if (failure !== undefined) throw new Error(failure);
    });
  }
}

async function outcomeOf(check: NamedCheck): Promise<Outcome> {
  const { name } = check;
  try {
    await check.run();
    return { name };
  } catch (error) {
    const failure = error instanceof Error
      ? error.stack ?? String(error)
      : String(error);
    return { name, failure };
  }
}
