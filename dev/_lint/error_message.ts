/** The form of error messages: "Cannot <do what>: <state and wanted state>". */
export const errorMessageRule: Deno.lint.Rule = {
  create: (context) => ({
    NewExpression(node): void {
      const { callee } = node;
      if (callee.type !== "Identifier" || !/Error$/.test(callee.name)) return;
      const message = node.arguments.find(isText);
      const problem = message && messageProblem(message, callee.name);
      if (message && problem) {
        context.report({ node: message, message: problem });
      }
    },
  }),
};

type Text = Deno.lint.StringLiteral | Deno.lint.TemplateLiteral;

const CONTRACTION =
  /\b(?:\w+n['’]t|(?:it|that|there|what|he|she|let)['’]s|\w+['’](?:re|ve|ll|d)|i['’]m)\b/i;

function isText(node: Deno.lint.Node): node is Text {
  return node.type === "TemplateLiteral" ||
    (node.type === "Literal" && typeof node.value === "string");
}

// What an API gives to its callers. Others stay inside, or speak the words of a command line or of a protocol.
const FORMED =
  /^(?:Type|Range|Config|Auth|Decrypt|Kv|Webhook|Validation|Delivery|Upload)Error$/;

function messageProblem(message: Text, name: string): string | undefined {
  const parts = message.type === "Literal"
    ? [message.value]
    : message.quasis.map(({ cooked }) => cooked);
  if (/^[^A-Z]/.test(parts[0] ?? "")) {
    return "Cannot start an error message like this: wanted an upper-case letter";
  }
  const isFormed = /^(?:Cannot .+: |…)/s.test(parts.join("…"));
  if (FORMED.test(name) && !isFormed) {
    return 'Cannot form an error message like this: wanted "Cannot <do what>: <state>"';
  }
  if (/[.!]\s*$/.test(parts.at(-1) ?? "")) {
    return "Cannot end an error message like this: wanted no period";
  }
  if (parts.some((part) => CONTRACTION.test(part))) {
    return "Cannot contract words in an error message: wanted them in full";
  }
  return undefined;
}
