import { filePath } from "./file_path.ts";

/** What the surface of a folder looks like. */
export const reexportRules: Record<string, Deno.lint.Rule> = {
  "export-all": {
    create: (context) => ({
      ExportAllDeclaration(node): void {
        const message = "Cannot export everything: wanted the names one by one";
        context.report({ node, message });
      },
    }),
  },
  surface: {
    create: (context) => ({
      Program(node): void {
        if (!/(?:^|\/)mod\.ts$/.test(filePath(context))) return;
        for (const statement of node.body) {
          if (isReexport(statement)) continue;
          context.report({
            node: statement,
            message: "Cannot hold code in mod.ts: wanted re-exports only",
          });
        }
      },
    }),
  },
};

function isReexport(statement: Deno.lint.Statement): boolean {
  switch (statement.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration": // has a rule of its own
      return true;
    case "ExportNamedDeclaration":
      return statement.declaration === null;
    default:
      return false;
  }
}
