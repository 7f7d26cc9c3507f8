/** Something about an integration that a person should mend. */
export interface IntegrationProblem {
  /** Whether it will not work, or only looks wrong. */
  readonly severity: "error" | "warning";
  /** JSON Pointer into the configuration; `""` is all of it. */
  readonly pointer: string;
  /** What is wrong and what is wanted. */
  readonly message: string;
}
