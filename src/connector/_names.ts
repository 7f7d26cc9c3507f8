/** The forms that the name of a connector takes in its project. */
export interface ProjectNames {
  /** `my-app`: the app id. */
  readonly hyphen: string;
  /** `My App`: for people. */
  readonly title: string;
  /** `MyApp`: in the names of types. */
  readonly pascal: string;
}

const MOST_CHARS = 64;
const NAME = /^[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*$/;
// Words that a module may not be called, and files that Windows does not let one have.
const RESERVED = new Set([
  ..."await break case catch class const continue debugger default delete do else enum export extends false finally for"
    .split(" "),
  ..."function if implements import in instanceof interface let new null package private protected public return static"
    .split(" "),
  ..."super switch this throw true try typeof var void while with yield con prn aux nul test tests connector"
    .split(" "),
  ...Array.from({ length: 10 }, (_, port) => [`com${port}`, `lpt${port}`])
    .flat(),
]);

/** Reads the name of a project, or throws a `TypeError` that says what is wrong with it. */
export function projectNames(name: string): ProjectNames {
  if (
    typeof name !== "string" || name.length > MOST_CHARS || !NAME.test(name)
  ) {
    throw new TypeError(
      `Cannot use name: wanted at most ${MOST_CHARS} letters and digits in words joined by "-", "_" or a space, beginning with a letter`,
    );
  }
  const words = name.toLowerCase().split(/[ _-]/);
  if (RESERVED.has(words.join("_"))) {
    throw new TypeError("Cannot use name: it is a reserved word");
  }
  const capitals = words.map((word) =>
    word.charAt(0).toUpperCase() + word.slice(1)
  );
  return {
    hyphen: words.join("-"),
    title: capitals.join(" "),
    pascal: capitals.join(""),
  };
}
