import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { decodeUtf8 } from "../../src/_internal/bytes.ts";
import { USER_AGENT } from "../../src/_internal/user_agent.ts";
import {
  DialectFailure,
  MOST_BODY_BYTES,
  render,
  type Rendered,
} from "../../src/delivery/run/_render.ts";
import type { Dialect, DialectContext } from "../../src/delivery/dialect.ts";
import {
  dialectTable,
  restHooksDialect,
  sluiceDialect,
  standardWebhooksDialect,
} from "../../src/delivery/dialects.ts";
import type { EmittedEvent, JsonValue } from "../../src/delivery/event.ts";
import config from "../../deno.json" with { type: "json" };
import { deliveryTo } from "./_deliveries.ts";
import { emitted } from "./_subscription_store.ts";

const TIME = "2027-01-15T08:00:00.000Z";

function context(
  event: Partial<EmittedEvent> = {},
  name = "own",
): DialectContext {
  const subscription = deliveryTo("https://example.com/", { dialect: name });
  return {
    event: emitted({ data: { a: 1 }, ...event }),
    subscription,
    attempt: 3,
  };
}

function rendered(
  dialect: Dialect | undefined,
  { event = {}, custom = {} }: {
    event?: Partial<EmittedEvent>;
    custom?: Record<string, string>;
  } = {},
): Rendered {
  return render(dialect, { context: context(event, dialect?.name), custom });
}

function text(dialect: Dialect, event: Partial<EmittedEvent> = {}): string {
  return decodeUtf8(rendered(dialect, { event }).body);
}

Deno.test("sluiceDialect writes the whole event", () => {
  const scope = "/NOAA";
  assertEquals(JSON.parse(text(sluiceDialect, { scope })), {
    id: "evt_1",
    type: "invoice.paid",
    time: TIME,
    scope,
    data: { a: 1 },
  });
  assertFalse(text(sluiceDialect).includes("scope"));
});

Deno.test("standardWebhooksDialect writes the advised payload", () => {
  assertEquals(
    text(standardWebhooksDialect),
    `{"type":"invoice.paid","timestamp":"${TIME}","data":{"a":1}}`,
  );
});

Deno.test("restHooksDialect writes the bare payload, unsigned, and goes with a 410", () => {
  assertEquals(text(restHooksDialect), '{"a":1}');
  const { signed, onGone } = restHooksDialect;
  assertEquals([signed, onGone], [false, "remove"]);
});

Deno.test("render() adds the headers of the sender to each dialect", () => {
  for (const dialect of dialectTable([]).values()) {
    assertEquals(rendered(dialect).headers, {
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      "webhook-id": "evt_1",
      "webhook-attempt": "3",
    });
  }
  assertEquals(USER_AGENT, `Sluice/${config.version}`);
});

Deno.test("render() gives the same body at each attempt", () => {
  for (const dialect of dialectTable([]).values()) {
    const later = { ...context({}, dialect.name), attempt: 9 };
    assertEquals(
      render(dialect, { context: later, custom: {} }).body,
      rendered(dialect).body,
    );
  }
});

Deno.test("render() takes method, content type and headers of the dialect", () => {
  const dialect: Dialect = {
    name: "own",
    method: "PUT",
    contentType: "text/plain; charset=utf-8",
    headers: ({ event }) => ({ "X-Event": event.name, "x-both": "dialect" }),
    body: () => "text",
  };
  const custom = { "x-both": "subscription", authorization: "Bearer t" };
  const { method, headers, body } = rendered(dialect, { custom });
  assertEquals([method, decodeUtf8(body)], ["PUT", "text"]);
  assertEquals(headers, {
    "x-event": "invoice.paid",
    "x-both": "subscription",
    authorization: "Bearer t",
    "content-type": "text/plain; charset=utf-8",
    "user-agent": USER_AGENT,
    "webhook-id": "evt_1",
    "webhook-attempt": "3",
  });
});

Deno.test("render() takes the first payload that an adapter gives", () => {
  const asked: number[] = [];
  const adapter = (nth: number, payload: JsonValue | undefined) => () => {
    asked.push(nth);
    return payload;
  };
  const payloads = [adapter(1, undefined), adapter(2, null), adapter(3, "c")];
  assertEquals(text({ name: "own", payloads }), "null");
  assertEquals(asked, [1, 2]);
  assertEquals(text({ name: "own", payloads: [() => undefined] }), '{"a":1}');
  assertEquals(text({ name: "own", payloads: [] }), '{"a":1}');
  const wrapped = { ...sluiceDialect, payloads: [() => "thin"] };
  assertEquals(JSON.parse(text(wrapped)).data, "thin");
});

Deno.test("render() copies bytes that a dialect may write again", () => {
  const shared = Uint8Array.of(1, 2);
  const { body } = rendered({ name: "own", body: () => shared });
  shared[0] = 9;
  assertEquals([...body], [1, 2]);
});

Deno.test("render() does not show a dialect the headers of the subscription", () => {
  let seen = "";
  const dialect: Dialect = {
    name: "own",
    headers: (given) => {
      seen = JSON.stringify(given);
      return {};
    },
  };
  rendered(dialect, { custom: { authorization: "planted" } });
  assert(seen.includes("invoice.paid") && !seen.includes("planted"));
});

Deno.test("render() refuses what a dialect must not give, without its data", () => {
  const bad = (value: unknown): never => value as never;
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const broken: [Partial<Dialect>, string][] = [
    [{
      body: () => {
        throw new Error("planted");
      },
    }, ""],
    [{
      headers: () => {
        throw new Error("planted");
      },
    }, ""],
    [{
      payloads: [() => {
        throw new DOMException("planted");
      }],
    }, ""],
    [{ payloads: [() => bad(cyclic)] }, ""],
    [{ payloads: [() => bad(1n)] }, ""],
    [
      { payloads: [() => bad(() => {})] },
      ": wanted JSON, or text or bytes as body",
    ],
    [
      { payloads: [() => bad(Promise.resolve("planted"))] },
      ": wanted a result, not a promise of one",
    ],
    [
      { body: () => bad(Promise.resolve("planted")) },
      ": wanted a result, not a promise of one",
    ],
    [
      { headers: () => bad(Promise.resolve({ "x-a": "planted" })) },
      ": wanted a result, not a promise of one",
    ],
    [{ body: () => bad(undefined) }, ": wanted JSON, or text or bytes as body"],
    [
      { body: () => bad({ planted: 1 }) },
      ": wanted JSON, or text or bytes as body",
    ],
    [
      { body: () => "x".repeat(MOST_BODY_BYTES + 1) },
      ": wanted a body of at most 1048576 bytes",
    ],
    [
      { body: () => "é".repeat(MOST_BODY_BYTES / 2 + 1) },
      ": wanted a body of at most 1048576 bytes",
    ],
    [{ method: bad("GET") }, ": wanted POST, PUT or PATCH as method"],
    [
      { contentType: "a/b\r\nx: planted" },
      ": wanted visible ASCII as content type",
    ],
    ...[
      { host: "planted" },
      { "webhook-signature": "planted" },
      { "content-length": "1" },
      { "a b": "planted" },
      { "x-a": "planted\r\nx-b: 1" },
      { "x-a": bad(1) },
    ].map((headers): [Partial<Dialect>, string] => [
      { headers: () => headers as Record<string, string> },
      ": it gave a header that it must not set",
    ]),
    [
      {
        headers: () =>
          Object.fromEntries(
            Array.from({ length: 33 }, (_, i) => [`x-${i}`, "planted"]),
          ),
      },
      ": wanted at most 32 headers",
    ],
  ];
  for (const [dialect, state] of broken) {
    const error = assertThrows(
      () => rendered({ name: "own", ...dialect }),
      DialectFailure,
    );
    assertEquals(error.message, `Dialect own failed${state}`);
    assertEquals(error.cause, undefined);
  }
});

Deno.test("render() hears the rejections of promises that a dialect gives", async () => {
  const rejected = (): never => Promise.reject(new Error("planted")) as never;
  let unheard = 0;
  const listen = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    unheard++;
  };
  addEventListener("unhandledrejection", listen);
  const dialects = [
    { body: rejected },
    { headers: rejected },
    { payloads: [rejected] },
  ];
  for (const dialect of dialects) {
    assertThrows(() => rendered({ name: "own", ...dialect }), DialectFailure);
  }
  // The event comes once all jobs are done.
  await new Promise((resolve) => setTimeout(resolve, 0));
  removeEventListener("unhandledrejection", listen);
  assertEquals(unheard, 0);
});

Deno.test("render() takes a body of exactly 1 MiB", () => {
  const { body } = rendered({
    name: "own",
    body: () => "x".repeat(MOST_BODY_BYTES),
  });
  assertEquals(body.length, MOST_BODY_BYTES);
});

Deno.test("render() fails for a dialect that is not there", () => {
  assertThrows(
    () => render(undefined, { context: context({}, "lost"), custom: {} }),
    DialectFailure,
    "Dialect lost failed: it is not known",
  );
});

Deno.test("dialectTable() holds the built-in dialects and those of the application", () => {
  const own: Dialect = { name: "own" };
  const table = dialectTable([own]);
  assertEquals([...table.keys()], ["sluice", "standard", "rest-hooks", "own"]);
  assertEquals(table.get("own"), own);
  const other: Dialect = { name: "sluice", method: "PUT" };
  assertEquals(dialectTable([other]).get("sluice"), other);
});

Deno.test("dialectTable() refuses dialects that cannot work", () => {
  const cases: [unknown, string][] = [
    [null, "Cannot use dialects: wanted objects"],
    [{}, "Cannot use dialects: wanted a name"],
    [{ name: "Two Words" }, "Cannot use dialects: wanted a name"],
    [{ name: "a".repeat(65) }, "Cannot use dialects: wanted a name"],
    [
      { name: "a", method: "GET" },
      'Cannot use dialects "a": wanted POST, PUT or PATCH as method',
    ],
    [
      { name: "a", contentType: "\n" },
      'Cannot use dialects "a": wanted visible ASCII',
    ],
    [
      { name: "a", signed: 1 },
      'Cannot use dialects "a": wanted true or false as signed',
    ],
    [
      { name: "a", onGone: "x" },
      'Cannot use dialects "a": wanted "disable" or "remove" as onGone',
    ],
    [{ name: "a", body: "x" }, "Cannot use dialects: a: wanted a function"],
    [{ name: "a", headers: {} }, "Cannot use dialects: a: wanted a function"],
    [{ name: "a", payloads: [1] }, "Cannot use dialects: a: wanted a function"],
  ];
  for (const [dialect, message] of cases) {
    assertThrows(() => dialectTable([dialect as Dialect]), TypeError, message);
  }
  assertThrows(
    () => dialectTable([{ name: "a" }, { name: "a" }]),
    TypeError,
    "Cannot use dialects: wanted each name once",
  );
});
