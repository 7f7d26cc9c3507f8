/** Top level: `function` declarations, not arrows. */
export const topLevelArrowRule: Deno.lint.Rule = {
  create: (context) => ({
    VariableDeclarator(node): void {
      if (!isArrow(node.init) || !isTopLevel(node.parent)) return;
      context.report({
        node,
        message: "Cannot assign an arrow here: wanted a function declaration",
      });
    },
  }),
};

function isArrow(init: Deno.lint.Expression | null): boolean {
  if (
    init?.type === "TSAsExpression" || init?.type === "TSSatisfiesExpression"
  ) {
    return isArrow(init.expression);
  }
  return init?.type === "ArrowFunctionExpression";
}

function isTopLevel(declaration: Deno.lint.Node): boolean {
  if (declaration.type !== "VariableDeclaration") return false;
  const { parent } = declaration;
  return parent.type === "Program" || parent.type === "ExportNamedDeclaration";
}
