import { errorNote } from "../../observe/error_note.ts";

/**
 * The handler has failed and the run was to halt. Says the class and the code of the error alone: its message may hold
 * what the change says.
 */
export class HandlerFailed extends Error {
  /** @ignore */
  override readonly name = "HandlerFailed";

  constructor(cause: unknown) {
    const { name, code } = errorNote(cause);
    const what = code === undefined ? name : `${name} ${code}`;
    super(
      `Cannot go on: the handler failed with ${what}, and --on-error is halt; the change stays where it is`,
    );
  }
}
