/** An option has its default by `??`: with `||` a caller's `0`, `""` or `false` is ignored. */
export const optionDefaultRule: Deno.lint.Rule = {
  create: (context) => ({
    LogicalExpression(node): void {
      if (node.operator !== "||" || !isOption(node.left)) return;
      if (isCondition(node)) return;
      context.report({ node, message: MESSAGE });
    },
    AssignmentExpression(node): void {
      if (node.operator !== "||=" || !isOption(node.left)) return;
      context.report({ node, message: MESSAGE });
    },
  }),
};

const MESSAGE = "Cannot default an option by ||: wanted ??";

/** Tells whether the expression reads a member of something called options. */
function isOption(node: Deno.lint.Node): boolean {
  if (node.type === "ChainExpression") return isOption(node.expression);
  if (node.type !== "MemberExpression") return false;
  const { object } = node;
  if (object.type === "Identifier") return /options$/i.test(object.name);
  return object.type === "MemberExpression" &&
    (object.property.type === "Identifier" ||
      object.property.type === "PrivateIdentifier") &&
    /options$/i.test(object.property.name);
}

/** `if (options.a || options.b)` asks, it does not default. */
function isCondition(node: Deno.lint.Node): boolean {
  const parent = "parent" in node ? node.parent : null;
  switch (parent?.type) {
    case "LogicalExpression":
      return isCondition(parent);
    case "IfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
    case "ConditionalExpression":
      return parent.test === node;
    case "UnaryExpression":
      return parent.operator === "!";
    default:
      return false;
  }
}
