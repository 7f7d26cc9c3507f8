import { DecryptError } from "../errors.ts";

/** A value, or why it could not be decrypted. */
export type Outcome<T> = { readonly value: T; readonly error: null } | {
  readonly error: DecryptError;
};

/** The members that {@linkcode withOutcomes} adds. */
export type Opened<M> = {
  readonly [K in keyof M]: M[K] extends Outcome<infer T> ? T : never;
};

/** Runs the work and keeps a {@linkcode DecryptError} of it; any other failure is not about this value and passes. */
export async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work(), error: null };
  } catch (error) {
    if (error instanceof DecryptError) return { error };
    throw error;
  }
}

/**
 * Adds each outcome as a member. One that failed throws its error when it is read, and is not enumerable, so that the
 * object can still be printed, copied and made JSON of.
 */
export function withOutcomes<O extends object, M>(
  object: O,
  outcomes: M & Record<keyof M, Outcome<unknown>>,
): O & Opened<M> {
  const opened = object as Record<string, unknown>;
  for (const name of Object.keys(outcomes) as (keyof M & string)[]) {
    const outcome: Outcome<unknown> = outcomes[name];
    if (outcome.error === null) opened[name] = outcome.value;
    else Object.defineProperty(object, name, throwing(outcome.error));
  }
  return object as O & Opened<M>;
}

function throwing(error: DecryptError): PropertyDescriptor {
  return {
    get: () => {
      throw error;
    },
  };
}
