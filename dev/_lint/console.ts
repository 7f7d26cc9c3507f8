/** No `console` outside the command: a library logs through the logger it is given. */
export const consoleRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (/\bsrc[\\/]cli[\\/]/.test(context.filename)) return {};
    return {
      MemberExpression(node): void {
        const { object } = node;
        if (object.type !== "Identifier" || object.name !== "console") return;
        context.report({
          node,
          message: "Cannot use console here: wanted the logger of the caller",
        });
      },
    };
  },
};
