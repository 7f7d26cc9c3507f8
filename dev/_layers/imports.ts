import { filePath } from "./file_path.ts";
import { type Breach, importBreach } from "./order.ts";

type Context = Deno.lint.RuleContext;
type Source = Deno.lint.Node | null;

/** What a module may import. Static, dynamic and type imports count alike. */
export const importRules: Record<string, Deno.lint.Rule> = {
  order: breachRule("order"),
  outside: breachRule("outside"),
  private: breachRule("private"),
  dynamic: {
    create: (context) => ({
      ImportExpression(node): void {
        if (specifierOf(node.source) !== undefined) return;
        // What the user of the command names is no part of the package.
        if (filePath(context) === "src/cli/_files/load_export.ts") return;
        context.report({
          node,
          message: "Cannot follow this import: wanted a plain string",
        });
      },
    }),
  },
};

function breachRule(rule: Breach["rule"]): Deno.lint.Rule {
  return {
    create: (context) => {
      const check = (source: Source) => report(context, { rule, source });
      return {
        ImportDeclaration: (node) => check(node.source),
        ExportNamedDeclaration: (node) => check(node.source),
        ExportAllDeclaration: (node) => check(node.source),
        ImportExpression: (node) => check(node.source),
        TSImportType: (node) => check(node.argument),
      };
    },
  };
}

function report(
  context: Context,
  { rule, source }: { rule: Breach["rule"]; source: Source },
): void {
  const specifier = specifierOf(source);
  if (!source || specifier === undefined) return;
  const file = filePath(context);
  const breach = importBreach({ file, specifier });
  if (breach?.rule !== rule) return;
  context.report({ node: source, message: breach.message });
}

function specifierOf(source: Source): string | undefined {
  if (source?.type === "TSLiteralType") return specifierOf(source.literal);
  if (source?.type !== "Literal") return undefined;
  return typeof source.value === "string" ? source.value : undefined;
}
