/** Facts that belong to a log line; never a secret, a value or a body. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null>
>;

/** Where Sluice says what it does. `console` fits. */
export interface Logger {
  /** Something that happens in normal work. */
  info(message: string, fields?: LogFields): void;
  /** Something that a person should look at. */
  warn(message: string, fields?: LogFields): void;
}
