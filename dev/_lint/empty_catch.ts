/** No failure is swallowed without a word: an empty `catch` says why in a comment. */
export const emptyCatchRule: Deno.lint.Rule = {
  create: (context) => ({
    CatchClause(node): void {
      if (node.body.body.length > 0) return;
      if (context.sourceCode.getCommentsInside(node.body).length > 0) return;
      context.report({
        node,
        message: "Cannot leave a catch block empty: wanted code or a reason",
      });
    },
  }),
};
