import { assert, assertEquals, assertThrows } from "@std/assert";
import { combineObservers, type SluiceEvent } from "../../src/observe/mod.ts";
import { safeObserver } from "../../src/observe/observer.ts";

function refused(): SluiceEvent {
  return {
    source: "inbox",
    type: "webhook.refused",
    at: 1,
    reason: "too_large",
  };
}

Deno.test("combineObservers() tells every observer in order when some throw, reject or never end", () => {
  const told: string[] = [];
  const tell = combineObservers(
    () => {
      throw new Error("planted");
    },
    () => Promise.reject(new Error("planted")),
    () => new Promise(() => {}),
    ({ type }) => told.push(`first ${type}`),
    ({ type }) => told.push(`second ${type}`),
  );
  tell(refused());
  assertEquals(told, ["first webhook.refused", "second webhook.refused"]);
});

Deno.test("combineObservers() refuses what is no function", () => {
  assertThrows(
    () => combineObservers("listener" as never),
    TypeError,
    "Cannot use onEvent: wanted a function, got string",
  );
});

Deno.test("safeObserver() freezes an event, so that one observer cannot change what the next one sees", () => {
  let seen: SluiceEvent | undefined;
  const tell = combineObservers<SluiceEvent>(
    (event) => Object.assign(event, { at: 2 }),
    (event) => seen = event,
  );
  tell(refused());
  assertEquals(seen?.at, 1);
  assert(Object.isFrozen(seen));
});

Deno.test("safeObserver() stays undefined when nobody listens", () => {
  assertEquals(safeObserver(undefined), undefined);
});

Deno.test("safeObserver() tells of every failure, thrown or rejected", async () => {
  let failures = 0;
  const count = (): void => void failures++;
  safeObserver<SluiceEvent>(() => {
    throw new Error("planted");
  }, count)?.(refused());
  safeObserver<SluiceEvent>(
    () => Promise.reject(new Error("planted")),
    count,
  )?.(refused());
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(failures, 2);
});
