/** Carries what was thrown, which may be anything, past code that looks at errors. */
export class Thrown {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
