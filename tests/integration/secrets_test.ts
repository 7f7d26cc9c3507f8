import { assertEquals } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import { ActionError, ValidationError } from "../../src/integration/mod.ts";
import { querySecretsOf, secretsOf } from "../../src/integration/_secrets.ts";
import { echo, echoing } from "./_support.ts";

function basic(text: string): string {
  return toBase64(encodeUtf8(text));
}

Deno.test("secretsOf() finds texts and numbers, in lists and objects, inside an envelope or not", () => {
  const credentials = { pin: 4711, list: ["one", { two: "two", no: true }] };
  const wanted = ["4711", "one", "two"];
  const plain = secretsOf(credentials);
  const enveloped = secretsOf({ auth_type: "Custom", credentials });
  for (const found of [plain, enveloped]) {
    assertEquals(wanted.filter((text) => !found.includes(text)), []);
    assertEquals(found.includes("true"), false);
  }
});

Deno.test("secretsOf() finds what HTTP Basic makes of each pair of fields, and of one alone", () => {
  const found = secretsOf({ user: "anna", password: "hunter2" });
  const forms = ["anna:hunter2", "hunter2:anna", "anna:", ":hunter2"];
  assertEquals(forms.filter((form) => !found.includes(basic(form))), []);
});

Deno.test("secretsOf() goes eight levels deep, and ends with what is deeper", () => {
  const nested = (levels: number): unknown =>
    levels === 0 ? "deep secret" : { inner: nested(levels - 1) };
  assertEquals(secretsOf(nested(7)).includes("deep secret"), true);
  assertEquals(secretsOf(nested(9)).includes("deep secret"), false);
  const endless: Record<string, unknown> = { name: "shallow" };
  endless["self"] = endless;
  assertEquals(secretsOf(endless).includes("shallow"), true);
});

Deno.test("secretsOf() of what holds no credentials is nothing", () => {
  for (const auth of [undefined, null, "text", 1, [], {}]) {
    assertEquals(secretsOf(auth), []);
  }
});

Deno.test("querySecretsOf() finds long values whose name tells that they are secret", () => {
  const url = new URL(
    "https://example.com/?X-Amz-Signature=0123456789&access_token=abcdefgh&key=short&page=1234567890",
  );
  assertEquals(querySecretsOf(url), ["0123456789", "abcdefgh"]);
});

const UNSEEN = "[redacted: too much to look through]";

Deno.test("secretsOf() stops where no scrub would look for more", () => {
  const list = Array.from({ length: 300_000 }, (_, i) => `text-${i}`);
  assertEquals(secretsOf({ list }).length, 1_001);
  const objects = Array.from({ length: 100 }, (_, i) => ({
    user: `user-${i}`,
    password: `password-${i}`,
  }));
  let read = 0;
  const counting = objects.map((each) => ({
    ...each,
    get other(): string {
      return `other-${read++}`;
    },
  }));
  assertEquals(secretsOf({ counting }).length, 1_001);
  // Eighteen texts are made of three fields.
  assertEquals(read < 80, true, `${read} objects were read`);
});

Deno.test("executeAction() repeats no words of an error where the credentials are too many to look for", async () => {
  const auth = {
    credentials: { list: Array.from({ length: 1_001 }, (_, i) => `text-${i}`) },
  };
  for (const [says, said] of [["no text-1000", UNSEEN], ["", ""]] as const) {
    const failures = [
      () => Promise.reject(new Error(says)),
      () => new ActionError(says),
      () => Promise.reject(new ValidationError(says)),
    ];
    for (const failure of failures) {
      const integration = await echoing(failure, { safe: true });
      const { result } = await echo(integration, { text: "a" }, auth);
      assertEquals((result as { message: string }).message, said);
    }
  }
});
