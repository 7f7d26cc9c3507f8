/** Something could not be written, such as to a full disk; what was done before is done. */
export class WriteFailed extends Error {
  /** @ignore */
  override readonly name: string = "WriteFailed";

  constructor(what: string, cause: unknown) {
    const state = cause instanceof Error
      ? cause.message
      : "the host refuses it";
    super(`Cannot write ${what}: ${state}`, { cause });
  }
}

/** Whoever read the standard output has gone. */
export class ReaderGone extends WriteFailed {
  /** @ignore */
  override readonly name = "ReaderGone";

  constructor(cause: unknown) {
    super("the standard output", cause);
  }
}
