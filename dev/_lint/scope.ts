const ROOT = new URL("../../", import.meta.url);

/** Limits a rule to the modules of `src/`. */
export function inSource(rule: Deno.lint.Rule): Deno.lint.Rule {
  return {
    create: (context) => isSource(context.filename) ? rule.create(context) : {},
  };
}

function isSource(filename: string): boolean {
  const path = filename.replaceAll("\\", "/");
  const prefix = /^[A-Za-z]:/.test(path) ? "file:///" : "";
  return new URL(prefix + encodeURI(path), ROOT).href
    .startsWith(new URL("src/", ROOT).href);
}
