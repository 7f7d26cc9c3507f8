/**
 * The handler has failed and the run was to halt. Says the class of the error alone: its message may hold what the
 * change says.
 */
export class HandlerFailed extends Error {
  /** @ignore */
  override readonly name = "HandlerFailed";

  constructor(cause: unknown) {
    const name = cause instanceof Error ? cause.name : typeof cause;
    super(
      `Cannot go on: the handler failed with ${name}, and --on-error is halt; the change stays where it is`,
    );
  }
}
