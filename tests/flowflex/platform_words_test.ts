import { assertEquals, assertRejects } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import { UploadError } from "../../src/errors.ts";
import { file } from "../../src/flowflex/mod.ts";
import { clientOf, spill, startPlatform } from "./_platform.ts";

const IBAN = "DE89370400440532013000";
const PAYLOAD = {
  account: { iban: IBAN, mail: "Anna@Example.com", said: 'a "b"\nc <d>' },
  list: [{ amount: 12_345 }, -9_876.5, "abc", 999, true, null],
  x: file(new Blob(["%PDF"]), { filename: "a.pdf" }),
};

async function refusedWith(error: string, payload: object = PAYLOAD): Promise<
  UploadError
> {
  await using platform = startPlatform();
  platform.answer = (step) =>
    step === "event"
      ? Response.json({ error, code: "BAD_EVENT" }, { status: 422 })
      : undefined;
  return await assertRejects(
    () => clientOf(platform).sendEvent("a", { payload }),
    UploadError,
  );
}

const BARE = "Cannot send the event: HTTP 422 (BAD_EVENT)";

for (
  const [what, words] of [
    ["a text", `No account ${IBAN}`],
    ["the body", JSON.stringify({ iban: IBAN, amount: 1 })],
    ["a text in lower case", "anna@example.com is known"],
    ["a text as JSON writes it", `bad: ${JSON.stringify('a "b"\nc <d>')}`],
    ["a text on one line", 'bad: a "b" c <d>'],
    ["a text as HTML writes it", "bad: a &quot;b&quot;\nc &lt;d&gt;"],
    ["a text in base64", `bad: ${toBase64(encodeUtf8(`x=${IBAN}`))}`],
    ["a number", "no order 12345 here"],
    ["a negative number", "no order 9876.5 here"],
    ["more than 200 characters", "no ".repeat(67)],
  ] as const
) {
  Deno.test(`sendEvent() drops words of the platform with ${what}`, async () => {
    const error = await refusedWith(words);
    assertEquals(error.message, BARE);
    assertEquals([error.status, error.errorKey], [422, "BAD_EVENT"]);
    for (const planted of [IBAN, "nna@", "12345", "9876", words.slice(0, 9)]) {
      assertEquals(spill(error).includes(planted), false, planted);
    }
  });
}

Deno.test("sendEvent() tells words of the platform that repeat nothing, on one line", async () => {
  for (
    const words of [
      "No flow\n\t listens: abc, 999, true, null",
      "n".repeat(200),
      "No file as_1",
    ]
  ) {
    const error = await refusedWith(words);
    assertEquals(error.message, `${BARE}: ${words.replace(/\s+/g, " ")}`);
  }
});

Deno.test("sendEvent() drops words that are not worth a search of thousands of values", async () => {
  const values = (count: number): object =>
    Array.from({ length: count }, (_, n) => `value ${n + 10_000}`);
  const kept = await refusedWith("No flow", { values: values(1_000) });
  assertEquals(kept.message, `${BARE}: No flow`);
  const dropped = await refusedWith("No flow", { values: values(1_001) });
  assertEquals(dropped.message, BARE);
});

Deno.test("sendEvent() looks for payload values under a wrapped body, and for no blank ones", async () => {
  await using platform = startPlatform();
  platform.answer = () => Response.json({ error: IBAN }, { status: 400 });
  const error = await assertRejects(
    () =>
      clientOf(platform, { bodyShape: "wrapped" })
        .sendEvent("a", { payload: { iban: IBAN } }),
    UploadError,
  );
  assertEquals(error.message, "Cannot send the event: HTTP 400");
  const blank = await refusedWith("No flow", { blank: "     " });
  assertEquals(blank.message, `${BARE}: No flow`);
});
