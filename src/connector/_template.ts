import type { ProjectNames } from "./_names.ts";
import {
  CLIENT,
  INTEGRATION,
  MAIN,
  READ,
  SETTINGS,
  WRITE,
} from "./_template_sources.ts";
import { TESTS } from "./_template_tests.ts";

/** The files of a new project by path, tests last. */
export function projectFiles(
  names: ProjectNames,
): ReadonlyMap<string, string> {
  const files: [string, string][] = [
    ["deno.json", manifest()],
    [".gitignore", "coverage/\n"],
    ["README.md", README],
    ["settings.ts", SETTINGS],
    ["client.ts", CLIENT],
    ["capabilities_read.ts", READ],
    ["capabilities_write.ts", WRITE],
    ["integration.ts", INTEGRATION],
    ["main.ts", MAIN],
    ["tests/capabilities_test.ts", TESTS],
  ];
  return new Map(files.map(([path, text]) => [path, named(text, names)]));
}

function named(text: string, names: ProjectNames): string {
  return text.replaceAll("{{hyphen}}", names.hyphen)
    .replaceAll("{{title}}", names.title)
    .replaceAll("{{pascal}}", names.pascal);
}

function manifest(): string {
  const tasks = {
    start: "deno run --allow-net main.ts serve",
    info: "deno run main.ts info",
    test: "deno test --allow-net",
  };
  const imports = {
    "@sluice/edge": "jsr:@sluice/edge@^0.1.0",
    "@std/assert": "jsr:@std/assert@^1.0.0",
    "typebox": "npm:typebox@^1.4.3",
  };
  return `${JSON.stringify({ tasks, imports }, null, 2)}\n`;
}

const README = `# {{title}} connector

\`\`\`sh
deno task test
deno task info
deno run --allow-net main.ts validate_credentials --json '{
  "auth": { "token": { "token": "…" } },
  "settings": { "base_url": "https://{{hyphen}}.example" },
  "request": {}
}'
deno task start
\`\`\`

- \`settings.ts\`: what a request says besides its credential.
- \`client.ts\`: the calls to the app.
- \`capabilities_read.ts\`, \`capabilities_write.ts\`: the capabilities.
- \`integration.ts\`: which of them the connector has.
`;
