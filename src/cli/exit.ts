/** What the exit code of the command says. */
export const EXIT: {
  /** Everything that was asked for is done. */
  readonly done: 0;
  /** The command line, the configuration or a key is wrong; nothing was begun. */
  readonly input: 1;
  /** The platform refused, or could not be reached. */
  readonly platform: 2;
  /** The store failed or another process holds it, or the output cannot be written; what was begun can be gone on with. */
  readonly store: 3;
  /** It ended well, but work is left: dead letters, an outage, something that waits for its retry, another run. */
  readonly left: 4;
  /** The terminal was closed (SIGHUP); as after Ctrl-C. */
  readonly hungUp: 129;
  /** Ctrl-C (SIGINT); what was not finished waits for the next run. */
  readonly interrupted: 130;
  /** Ctrl-\ (SIGQUIT), which waits for nothing; what was not finished waits for the next run. */
  readonly quit: 131;
  /** Whoever read the standard output has gone (SIGPIPE); what was not written waits for the next run. */
  readonly readerGone: 141;
  /** SIGTERM; as after Ctrl-C. */
  readonly terminated: 143;
} = Object.freeze({
  done: 0,
  input: 1,
  platform: 2,
  store: 3,
  left: 4,
  hungUp: 129,
  interrupted: 130,
  quit: 131,
  readerGone: 141,
  terminated: 143,
});

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The codes as the help shows them. */
export const EXIT_HELP = `
Exit codes:
  0    done
  1    wrong command line, configuration or key
  2    the platform refused or cannot be reached
  3    the store failed or is held, or the output cannot be written
  4    ended well, but work is left (dead letters, outage, another run)
  130  stopped by Ctrl-C; 143 by SIGTERM; 129 as the terminal was closed;
       131 at once by SIGQUIT; nothing is lost
  141  the reader of the standard output has gone; nothing is lost`;
