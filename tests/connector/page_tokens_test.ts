import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectorError, pageTokens } from "../../src/connector/mod.ts";
import { seeded } from "../_support/seeded.ts";

const KEY = "0123456789abcdef";
const tokens = pageTokens({ key: KEY, purpose: "mock/list_accounts" });
const CURSORS = [{ endpoint: "users", after: "añ+/=" }, {
  endpoint: "licences",
  offset: 5,
}];

async function tokenOf(): Promise<string> {
  const page = await tokens.next(CURSORS);
  assert(page?.token);
  return page.token;
}

async function refuses(token: string, by = tokens): Promise<void> {
  const error = await assertRejects(
    () => by.cursors({ token }),
    ConnectorError,
    "Cannot use the page token: wanted one that this connector gave out for this listing",
  );
  assertEquals(error.errorCode, "invalid_page_token");
}

Deno.test("pageTokens() keeps several cursors and the size in one page", async () => {
  const page = await tokens.next(CURSORS, 20);
  assertEquals(page?.size, 20);
  assert(page?.token?.startsWith("v1."));
  assertEquals(await tokens.cursors(page ?? {}), CURSORS);
});

Deno.test("pageTokens() says null when nothing is left, and for the first page", async () => {
  assertEquals(await tokens.next([]), null);
  for (const token of [undefined, null, ""] as const) {
    assertEquals(
      await tokens.cursors({ ...token !== undefined && { token } }),
      null,
    );
  }
});

Deno.test("pageTokens() makes the same token for the same cursors, so that instances agree", async () => {
  const other = pageTokens({
    key: new TextEncoder().encode(KEY),
    purpose: "mock/list_accounts",
  });
  assertEquals((await other.next(CURSORS))?.token, await tokenOf());
  assertEquals(await other.cursors({ token: await tokenOf() }), CURSORS);
});

Deno.test("pageTokens() refuses a token with any character changed, added or dropped", async () => {
  const token = await tokenOf();
  for (let i = 0; i < token.length; i++) {
    const changed = token[i] === "A" ? "B" : "A";
    await refuses(token.slice(0, i) + changed + token.slice(i + 1));
    await refuses(token.slice(0, i) + token.slice(i + 1));
  }
  for (const added of ["=", ".", "A", " "]) await refuses(token + added);
});

Deno.test("pageTokens() refuses a token of another key, purpose or version", async () => {
  const token = await tokenOf();
  await refuses(
    token,
    pageTokens({ key: `${KEY}!`, purpose: "mock/list_accounts" }),
  );
  await refuses(
    token,
    pageTokens({ key: KEY, purpose: "mock/list_accountz" }),
  );
  await refuses(token.replace("v1.", "v2."));
});

Deno.test("pageTokens() refuses what is no token", async () => {
  const random = seeded(7);
  const junk = Array.from(
    { length: 50 },
    () =>
      Array.from(
        { length: Math.floor(random() * 60) },
        () => String.fromCharCode(33 + Math.floor(random() * 90)),
      ).join(""),
  );
  for (
    const token of [
      ...junk,
      "v1",
      "v1..",
      "v1.W10.",
      `v1.${"A".repeat(70_000)}.AA`,
    ]
  ) {
    if (token !== "") await refuses(token);
  }
});

Deno.test("pageTokens() refuses a token that is no text with bad_request", async () => {
  for (const token of [5, {}, false]) {
    const page = JSON.parse(JSON.stringify({ token }));
    const error = await assertRejects(
      () => tokens.cursors(page),
      ConnectorError,
      'Cannot use the page: wanted a text as its "token"',
    );
    assertEquals(error.errorCode, "bad_request");
  }
});

Deno.test("pageTokens() tells purposes apart that UTF-8 would make alike", async () => {
  const purposes = ["\ud800", "\ud801", "\ufffd"].map((purpose) =>
    pageTokens({ key: KEY, purpose })
  );
  for (const maker of purposes) {
    const page = await maker.next(CURSORS);
    for (const reader of purposes) {
      if (reader !== maker) await refuses(page?.token ?? "", reader);
    }
    assertEquals(await maker.cursors(page ?? {}), CURSORS);
  }
});

Deno.test("pageTokens() refuses a short key and an empty purpose", () => {
  assertThrows(
    () => pageTokens({ key: "short", purpose: "p" }),
    TypeError,
    "Cannot use key: wanted at least 16 bytes",
  );
  assertThrows(
    () => pageTokens({ key: KEY, purpose: "" }),
    TypeError,
    "Cannot use purpose",
  );
});
