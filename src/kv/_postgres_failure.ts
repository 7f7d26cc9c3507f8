import { KvError } from "../errors.ts";

/** A query that never reached the server; thrown by the adapters, which can tell. */
export class NotSent extends Error {
  /** Creates the error. */
  constructor(cause: unknown) {
    super("not sent", { cause });
  }
}

/** A query that the server did not answer in time. */
export class NotAnswered extends Error {
  /** Creates the error. */
  constructor() {
    super("no answer");
  }
}

interface Kind {
  readonly codes: RegExp;
  readonly state: string;
  /** Whether a commit that failed like this may have happened. */
  readonly mayHaveHappened: boolean;
  readonly retryable: boolean;
}

// Codes of five characters are PostgreSQL's own (appendix A of its manual), the others those of clients and systems. An
// error that the server reports has undone the commit, but for a connection that it ends: the word may come after the
// commit was written.
const KINDS: readonly Kind[] = [
  {
    codes: /^(?:08\w{3}|57P0[1245]|40003)$/,
    state: "the server ended the connection",
    mayHaveHappened: true,
    retryable: true,
  },
  {
    codes: /^(?:40001|40P01)$/,
    state: "other transactions were in the way every time",
    mayHaveHappened: false,
    retryable: true,
  },
  {
    codes: /^57014$/,
    state:
      "it was cancelled after timeoutMs, by statement_timeout of the server or by an operator",
    mayHaveHappened: false,
    retryable: true,
  },
  {
    codes: /^(?:53300|57P03)$/,
    state: "the server takes no more connections now",
    mayHaveHappened: false,
    retryable: true,
  },
  {
    codes: /^25006$/,
    state: "the server is a replica or read-only, wanted the primary",
    mayHaveHappened: false,
    retryable: true,
  },
  {
    codes: /^(?:42P01|42883|3F000)$/,
    state: "the table or its function is missing, wanted setup() to have run",
    mayHaveHappened: false,
    retryable: false,
  },
  {
    codes: /^42501$/,
    state: "the role lacks a right on the table, its sequence or its function",
    mayHaveHappened: false,
    retryable: false,
  },
  {
    codes: /^28\w{3}$/,
    state: "the server refused the login",
    mayHaveHappened: false,
    retryable: false,
  },
  {
    codes: /^(?:53\w{3}|55P03|55006|58\w{3})$/,
    state: "the server lacks a resource",
    mayHaveHappened: false,
    retryable: true,
  },
  {
    codes: /^(?=.*\d)[0-9A-Z]{5}$/,
    state: "the server refused it",
    mayHaveHappened: false,
    retryable: false,
  },
  {
    codes:
      /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|CONNECTION_ENDED)$/,
    state: "the server cannot be reached",
    mayHaveHappened: false,
    retryable: true,
  },
];

const LOST: Kind = {
  codes: /^/,
  state: "the connection was lost before the answer came",
  mayHaveHappened: true,
  retryable: true,
};
const UNSENT: Kind = {
  codes: /^/,
  state: "the client has no connection",
  mayHaveHappened: false,
  retryable: true,
};
const LATE: Kind = {
  codes: /^/,
  state: "no answer came within timeoutMs",
  mayHaveHappened: true,
  retryable: true,
};

/** Whether the server has undone a transaction that may succeed when it is run again at once. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** What a store throws for what a client threw. */
export function failureOf(what: string, error: unknown): KvError {
  const { state, mayHaveHappened, retryable } = kindOf(error);
  const code = codeOf(error);
  const suffix = code === undefined ? "" : ` (${code})`;
  return new KvError(`Cannot ${what}: ${state}${suffix}`, {
    outcomeUnknown: mayHaveHappened && what === "commit",
    retryable,
    cause: withoutValues(error),
  });
}

function kindOf(error: unknown): Kind {
  if (error instanceof NotSent) return UNSENT;
  if (error instanceof NotAnswered) return LATE;
  const code = codeOf(error);
  if (code === undefined) return LOST;
  return KINDS.find(({ codes }) => codes.test(code)) ?? LOST;
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof NotSent) return codeOf(error.cause);
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Clients put the query and all of its parameters on their errors. */
function withoutValues(error: unknown): Error {
  const thrown = error instanceof NotSent ? error.cause : error;
  const message = thrown instanceof Error ? thrown.message : typeof thrown;
  const code = codeOf(thrown);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
