/** One way in which a value does not match a schema. */
export interface SchemaError {
  /** Where in the value, as a JSON Pointer (RFC 6901); `""` is the whole value. */
  readonly pointer: string;
  /** What has to change: the absent member where one is missing, else the same as `pointer`. */
  readonly property: string;
  /** The keyword that does not hold, such as `"required"`. */
  readonly rule: string;
  /** Where in the schema that keyword is, as a JSON Pointer. */
  readonly schemaPointer: string;
  /** Place, rule and what is wanted. Never the value. */
  readonly message: string;
}

const MOST_DESCRIBED = 3;
const MOST_POINTER_CHARS = 200;

/** Makes an error out of its parts; the message is made of them too. */
export function schemaError(
  parts: Omit<SchemaError, "message" | "property"> & { property?: string },
  wanted: string,
): SchemaError {
  const { pointer, property = pointer, rule, schemaPointer } = parts;
  const message = `${shown(pointer)} (${rule}): wanted ${wanted}`;
  return { pointer, property, rule, schemaPointer, message };
}

/** The first errors in one line, and how many more there are. */
export function describeErrors(errors: readonly SchemaError[]): string {
  const first = errors.slice(0, MOST_DESCRIBED).map(({ message }) => message);
  const rest = errors.length - first.length;
  return rest > 0 ? `${first.join("; ")}; and ${rest} more` : first.join("; ");
}

// The names in a pointer come from the value: a line end in one must not reach a log.
function shown(pointer: string): string {
  if (pointer === "") return "the value";
  const clean = pointer.replace(/\p{Cc}/gu, "\u{FFFD}");
  return clean.length > MOST_POINTER_CHARS
    ? `${clean.slice(0, MOST_POINTER_CHARS)}…`
    : clean;
}
