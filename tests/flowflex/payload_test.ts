import { assertEquals, assertRejects } from "@std/assert";
import { file, type FlowFlex } from "../../src/flowflex/mod.ts";
import { clientOf, startPlatform } from "./_platform.ts";

function note(): ReturnType<typeof file> {
  return file(new Blob(["x"]), { filename: "a.txt" });
}

/** A client whose platform must not be asked. */
function offline(): FlowFlex {
  return clientOf({ url: "https://a.example" }, {
    fetch: () => {
      throw new Error("it asked");
    },
  });
}

const cycle: Record<string, unknown> = { a: {} };
cycle["b"] = [cycle];
const deep: unknown[] = [];
let inner: unknown[] = deep;
for (let i = 0; i < 300; i++) inner.push(inner = []);

const endless = { toJSON: () => ({ ...endless }) };

for (
  const [payload, message] of [
    [note(), "Cannot use payload: wanted an object, got an object of FileRef"],
    [[note()], "wanted an object, got an object of Array"],
    ["text", "wanted an object, got string"],
    [new Map(), "wanted an object, got an object of Map"],
    [{ a: new Map() }, 'wanted JSON and files at "/a", got an object of Map'],
    [{ a: [new Set()] }, 'at "/a/0", got an object of Set'],
    [{ a: new Uint8Array() }, 'at "/a", got an object of Uint8Array'],
    [{ a: new Blob() }, 'at "/a", got an object of Blob'],
    [{ a: Promise.resolve(1) }, 'at "/a", got an object of Promise'],
    [{ a: NaN }, 'at "/a", got NaN'],
    [{ a: { "x/y~": Infinity } }, 'at "/a/x~1y~0", got Infinity'],
    [{ a: 1n }, 'at "/a", got bigint'],
    [{ a: () => {} }, 'at "/a", got function'],
    [{ a: [undefined] }, 'at "/a/0", got undefined'],
    [{ a: [1, , 3] }, 'at "/a/1", got undefined'],
    [{ a: Symbol("x") }, 'at "/a", got symbol'],
    [cycle, 'at "/b/0", got a cycle'],
    [{ deep }, "got more than 256 levels of nesting"],
    [{ endless }, 'at "/endless", got more than 256 levels of nesting'],
    [{ toJSON: () => note() }, 'at "", got something else from toJSON()'],
    [{ toJSON: () => "text" }, 'at "", got something else from toJSON()'],
  ] as const
) {
  Deno.test(`sendEvent() refuses a payload before anything is sent: ${message}`, async () => {
    await assertRejects(
      () => offline().sendEvent("a", { payload: payload as object }),
      TypeError,
      message,
    );
  });
}

Deno.test("sendEvent() sends what JSON would, and the same object twice", async () => {
  await using platform = startPlatform();
  const shared = { n: 1 };
  const payload = {
    date: new Date(0),
    url: new URL("https://a.example/"),
    shared: [shared, shared],
    none: Object.assign(Object.create(null), { a: null }),
    skipped: undefined,
  };
  await clientOf(platform).sendEvent("a", { payload });
  assertEquals(
    platform.events[0]?.text,
    '{"date":"1970-01-01T00:00:00.000Z","url":"https://a.example/",' +
      '"shared":[{"n":1},{"n":1}],"none":{"a":null}}',
  );
});

Deno.test("sendEvent() treats a member called __proto__ like any other", async () => {
  await using platform = startPlatform();
  const payload = JSON.parse('{"__proto__":{"x":1},"a":{}}');
  payload.a.file = note();
  Object.defineProperty(payload.a, "__proto__", {
    value: payload.a.file,
    enumerable: true,
  });
  const sent = await clientOf(platform).sendEvent("a", { payload });
  assertEquals(
    platform.events[0]?.text,
    '{"__proto__":{"x":1},"a":{"file":"as_1","__proto__":"as_1"}}',
  );
  assertEquals(Object.keys(sent.uploadedAssets), ["a.file", "a.__proto__"]);
  assertEquals(({} as { x?: unknown }).x, undefined);
});

Deno.test("sendEvent() tells places apart that are written alike", async () => {
  await using platform = startPlatform();
  const sent = await clientOf(platform).sendEvent("a", {
    payload: { "a.b": note(), a: { b: note() } },
  });
  assertEquals(sent.files.map(({ path, pointer }) => [path, pointer]), [
    ["a.b", "/a.b"],
    ["a.b", "/a/b"],
  ]);
  assertEquals(new Set(sent.files.map(({ assetId }) => assetId)).size, 2);
});

Deno.test("sendEvent() copies the payload when it is called", async () => {
  await using platform = startPlatform();
  const payload = { list: [1], file: note() };
  const sending = clientOf(platform).sendEvent("a", { payload });
  payload.list.push(2);
  await sending;
  assertEquals(platform.events[0]?.text, '{"list":[1],"file":"as_1"}');
});
