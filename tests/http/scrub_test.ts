import { assert, assertEquals } from "@std/assert";
import { createScrub } from "../../src/http/send.ts";

Deno.test("createScrub() leaves nothing of a secret that holds another one", () => {
  for (const secrets of [["5ecret", "a-5ecret-b"], ["a-5ecret-b", "5ecret"]]) {
    assertEquals(
      createScrub(secrets).text("a-5ecret-b and 5ecret"),
      "[redacted] and [redacted]",
    );
  }
});

const SECRET = "ab+cdE/fgh+ijk==";
const QUOTED = "p'ass\"wo+rd`1";

for (
  const [writer, secret, text] of [
    ["a URL", SECRET, "ab%2BcdE%2Ffgh%2Bijk%3D%3D"],
    ["a URL with small letters", SECRET, "ab%2bcdE%2ffgh%2bijk%3d%3d"],
    ["a form with small letters", "a b+c", "a+b%2bc"],
    ["JSON of .NET", SECRET, '"ab\\u002BcdE/fgh\\u002Bijk=="'],
    ["HTML of PHP", QUOTED, "p&#39;ass&quot;wo+rd`1"],
    ["HTML of Go", SECRET, "ab&#43;cdE/fgh&#43;ijk=="],
    ["HTML of Go, quoted", QUOTED, "p&#39;ass&#34;wo&#43;rd`1"],
    ["HTML of Mustache", SECRET, "ab+cdE&#x2F;fgh+ijk&#x3D;&#x3D;"],
    ["HTML of Handlebars", QUOTED, "p&#x27;ass&quot;wo+rd&#x60;1"],
    ["HTML of Python", QUOTED, "p&#x27;ass&quot;wo+rd`1"],
  ] as const
) {
  Deno.test(`createScrub() hides a secret as ${writer} writes it`, () => {
    const clean = createScrub([secret]).text(`bad ${text} here`);
    assert(clean.includes("[redacted]"), clean);
    assert(!clean.includes(text), clean);
  });
}

Deno.test("createScrub() hides base64 of a secret whose signs JSON has escaped", () => {
  const inside = btoa(`user:${"\u00ff\u00fe".repeat(3)}secret?>?>`);
  assert(inside.includes("/"));
  const escaped = inside.replaceAll("/", "\\u002f").replaceAll("+", "\\u002B");
  const clean = createScrub(["secret?>?>"]).text(`bad "${escaped}"`);
  assert(clean.includes("[redacted]"), clean);
});

Deno.test("createScrub() hides a long secret, also one that is cut or stands beside itself", () => {
  const secret = Array.from({ length: 500 }, (_, i) => `${i}.`).join("");
  const { text } = createScrub([secret]);
  assertEquals(
    text(`a ${secret} b${secret}${secret}`),
    "a [redacted] b[redacted][redacted]",
  );
  assertEquals(text(`a ${secret.slice(0, 300)} b`), "a [redacted] b");
  assertEquals(text(secret.slice(0, -1)), "[redacted]");
  assertEquals(text(`${secret}!`), "[redacted]!");
  const short = secret.slice(0, 199);
  assertEquals(text(short), short);
});

Deno.test("createScrub() takes little time, whatever the secrets and the text are made of", () => {
  const a = "a".repeat(20_000);
  const scrub = createScrub([`${a}b${a}`, `b${a}`, `${a}b`]);
  const began = performance.now();
  scrub.text("a".repeat(2_000_000));
  scrub.text(btoa("a".repeat(2_000_000)));
  assert(performance.now() - began < 3_000);
});

const UNSEEN = "[redacted: too much to look through]";

Deno.test("createScrub() shows nothing of any text where there are too many secrets", () => {
  const many = Array.from({ length: 1_001 }, (_, i) => `secret-${i}`);
  const scrub = createScrub(many);
  assertEquals(scrub.text("harmless"), UNSEEN);
  assertEquals(scrub.text(""), "");
  assertEquals(scrub.value({ status: 1, words: ["a", null] }), {
    [UNSEEN]: [UNSEEN, null],
  });
  assertEquals(
    createScrub(many.slice(1)).text("secret-1000 here"),
    "[redacted] here",
  );
});

Deno.test("createScrub() shows nothing of a text that is too long for its secrets", () => {
  const scrub = createScrub(
    Array.from({ length: 1_000 }, (_, i) => `secret-${i}`),
  );
  const most = `secret-999 ${"x".repeat(8_000 - 11)}`;
  assertEquals(scrub.text(most).startsWith("[redacted] xxx"), true);
  assertEquals(scrub.text(`${most}x`), UNSEEN);
});
