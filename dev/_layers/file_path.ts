/** The path of the linted file from the root of the package, which is the working directory, with `/`. */
export function filePath(context: Deno.lint.RuleContext): string {
  return context.filename.slice(Deno.cwd().length + 1).replaceAll("\\", "/");
}
