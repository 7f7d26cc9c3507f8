type Parameter = Deno.lint.Parameter;

/** Exported functions take at most two positional parameters, then one options object. */
export const functionArgumentsRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (node: Deno.lint.FunctionDeclaration) => {
      const { parent, params } = node;
      const exported = parent.type === "ExportNamedDeclaration" ||
        parent.type === "ExportDefaultDeclaration";
      if (!exported || positional(params) <= 2) return;
      context.report({
        node: node.id ?? node,
        message:
          "Cannot take more than two positional parameters: wanted an options object after them",
      });
    };
    return { FunctionDeclaration: check };
  },
};

/** How many parameters are positional: a last one that holds options or context is not, nor is `this`. */
function positional(params: readonly Parameter[]): number {
  const real = params.filter((param) =>
    !(param.type === "Identifier" && param.name === "this")
  );
  const last = real.at(-1);
  return last && isOptions(last) ? real.length - 1 : real.length;
}

function isOptions(param: Parameter): boolean {
  switch (param.type) {
    case "AssignmentPattern":
      return param.left.type === "ObjectPattern" ||
        param.right.type === "ObjectExpression" ||
        isOptionsName(param.left);
    case "ObjectPattern":
      return true;
    default:
      return isOptionsName(param);
  }
}

function isOptionsName(
  node: Parameter | Deno.lint.AssignmentPattern["left"],
): boolean {
  if (node.type !== "Identifier") return false;
  if (/(?:options|init|context)$/i.test(node.name)) return true;
  const type = node.typeAnnotation?.typeAnnotation;
  if (type?.type === "TSTypeLiteral") return true;
  return type?.type === "TSTypeReference" &&
    type.typeName.type === "Identifier" &&
    /(?:Options|Init|Context)$/.test(type.typeName.name);
}
