import { filePath } from "./file_path.ts";

type Identifier = Deno.lint.Identifier;

const FS_FILES = /^src\/kv\/(?:fs|_fs\w*)\.ts$/;
const DENO_FILES = /^src\/(?:kv\/(?:fs|_fs\w*)\.ts|cli\/.+)$/;
const CLOCK_FILES = /^src\/_internal\/(?:clock|backoff)\.ts$/;
const TIMERS = new Set(["setTimeout", "setInterval"]);
const AMBIENT_CALLS = new Set(["Date.now", "Math.random", "performance.now"]);

/** Which files may name a host, the time and chance. */
export const ambientRules: Record<string, Deno.lint.Rule> = {
  node: {
    create: (context) => ({
      Literal(node): void {
        if (FS_FILES.test(filePath(context))) return;
        if (typeof node.value !== "string") return;
        if (!node.value.startsWith("node:")) return;
        const message =
          `Cannot name "${node.value}" here: wanted in kv/fs only`;
        context.report({ node, message });
      },
    }),
  },
  deno: {
    create: (context) => ({
      Identifier(node): void {
        if (node.name !== "Deno" || isName(node)) return;
        if (DENO_FILES.test(filePath(context))) return;
        const message = "Cannot name Deno here: wanted in kv/fs and cli only";
        context.report({ node, message });
      },
    }),
  },
  clock: {
    create: (context) => {
      const report = (node: Deno.lint.Node, what: string) => {
        if (CLOCK_FILES.test(filePath(context))) return;
        const message =
          `Cannot use ${what} here: wanted the clock or the random source of _internal`;
        context.report({ node, message });
      };
      return {
        Identifier(node): void {
          if (!TIMERS.has(node.name) || isName(node)) return;
          if (node.parent.type !== "TSTypeQuery") report(node, node.name);
        },
        MemberExpression(node): void {
          const path = memberPath(node);
          if (AMBIENT_CALLS.has(path)) report(node, path);
        },
        NewExpression(node): void {
          const isDate = node.callee.type === "Identifier" &&
            node.callee.name === "Date";
          if (isDate && node.arguments.length === 0) report(node, "new Date()");
        },
      };
    },
  },
};

/** Tells whether the identifier only names a member, as in `globalThis.Deno` or `{ Deno: … }`. */
function isName(node: Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
      // Of the two nodes of a shorthand, the value counts.
      return parent.key === node && !parent.computed;
    case "TSPropertySignature":
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.key === node;
    default:
      return false;
  }
}

function memberPath(node: Deno.lint.MemberExpression): string {
  const { object, property } = node;
  if (object.type !== "Identifier") return "";
  if (property.type === "Identifier" && !node.computed) {
    return `${object.name}.${property.name}`;
  }
  return property.type === "Literal" ? `${object.name}.${property.value}` : "";
}
