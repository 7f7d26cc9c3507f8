import { CommanderError } from "commander";
import { ApiError, AuthError, KvError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { HandlerFailed } from "./handler_failed.ts";
import { ReaderGone, WriteFailed } from "./write_failed.ts";

/** Whether an error only says that the command was told to stop. */
export function isStop(error: unknown, signal?: AbortSignal): boolean {
  return signal?.aborted === true && error === signal.reason;
}

/** The exit code of a command that was told to stop. */
export function interruptedBy(
  { reason }: Pick<AbortSignal, "reason">,
): ExitCode {
  switch (reason) {
    case "SIGHUP":
      return EXIT.hungUp;
    case "SIGQUIT":
      return EXIT.quit;
    case "SIGTERM":
      return EXIT.terminated;
    default:
      return EXIT.interrupted;
  }
}

/** The exit code that an error leads to. */
export function exitCodeOf(error: unknown, signal?: AbortSignal): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.input;
  }
  if (error instanceof ReaderGone) return EXIT.readerGone;
  if (signal && isStop(error, signal)) return interruptedBy(signal);
  if (error instanceof AuthError || error instanceof ApiError) {
    return EXIT.platform;
  }
  if (error instanceof KvError || error instanceof WriteFailed) {
    return EXIT.store;
  }
  return error instanceof HandlerFailed ? EXIT.left : EXIT.input;
}
