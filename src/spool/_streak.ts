/**
 * Failures in a row. An event that failed for good is only a suspect until another one succeeds: when nothing
 * succeeds, it is the handler's database that is down, and no event is to blame.
 */
export class Streak<S> {
  readonly #threshold: number;
  #length = 0;
  #suspects: S[] = [];

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Whether so many failed in a row that the run should stop. */
  get isOutage(): boolean {
    return this.#length >= this.#threshold;
  }

  /** Counts one more event that failed; `suspect` when it has no attempts left. */
  failed(suspect?: S): void {
    this.#length++;
    if (suspect !== undefined) this.#suspects.push(suspect);
  }

  /** Ends the row, and gives back the suspects, for whom there is no excuse now. */
  end(): S[] {
    const suspects = this.#suspects;
    this.#length = 0;
    this.#suspects = [];
    return suspects;
  }
}
