import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ActionError,
  ActionResult,
  ConnectedAccountInfo,
  Integration,
  type IntegrationEvent,
  runPollingTrigger,
} from "../../src/integration/mod.ts";
import { memoryKv } from "../../src/kv/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { config, mockContext, POLLING } from "../integration/_support.ts";

const SECRET = "planted-5ecret";

async function observed(
  options: { safe?: boolean } = {},
): Promise<{ integration: Integration; told: IntegrationEvent[] }> {
  const told: IntegrationEvent[] = [];
  const integration = await Integration.load(config({ ...POLLING }), {
    ...options,
    onEvent: (event) => told.push(event),
  });
  return { integration, told };
}

function outcomes(told: readonly IntegrationEvent[]): unknown[] {
  return told.map((event) =>
    event.type === "action.executed"
      ? [event.action, event.outcome, event.error]
      : event.type
  );
}

Deno.test("executeAction() tells how each kind of execution ended", async () => {
  const { integration, told } = await observed();
  integration.action("echo")((inputs) => {
    const { text } = inputs as { text: string };
    if (text === "throw") throw new RangeError(SECRET);
    return text === "no" ? new ActionError(SECRET) : new ActionResult(text);
  });
  const run = (inputs: unknown): Promise<unknown> =>
    integration.executeAction("echo", inputs, mockContext({ key: SECRET }));
  await run({ text: SECRET });
  await run({ text: "no" });
  await run({});
  await assertRejects(() => run({ text: "throw" }), RangeError);
  await integration.executeAction(SECRET, {}, mockContext());
  assertEquals(outcomes(told), [
    ["echo", "action", null],
    ["echo", "action_error", null],
    ["echo", "validation_error", null],
    ["echo", "thrown", { name: "RangeError" }],
    [null, "validation_error", null],
  ]);
  const [first] = told;
  assert(first?.type === "action.executed");
  assertEquals([first.source, first.integration], ["integration", "Test"]);
  assert(first.durationMs >= 0 && first.durationMs < 1_000);
  assert(!JSON.stringify(told).includes(SECRET));
});

Deno.test("executeAction() tells the class that an error envelope names", async () => {
  const { integration, told } = await observed({ safe: true });
  integration.action("echo")(() => {
    throw new RangeError(SECRET);
  });
  await integration.executeAction("echo", { text: "a" }, mockContext());
  assertEquals(outcomes(told), [["echo", "error", { name: "RangeError" }]]);
});

Deno.test("executeAction() tells the listener of the call in place of that of the integration", async () => {
  const { integration, told } = await observed();
  integration.action("echo")(() => new ActionResult("a"));
  const others: IntegrationEvent[] = [];
  await integration.executeAction("echo", { text: "a" }, mockContext(), {
    onEvent: (event) => others.push(event),
  });
  assertEquals([told.length, others.length], [0, 1]);
});

Deno.test("executeAction() answers the same when the listener throws", async () => {
  const integration = await Integration.load(config(), {
    onEvent: () => {
      throw new Error("planted");
    },
  });
  integration.action("echo")(() => new ActionResult("a"));
  const { type } = await integration.executeAction(
    "echo",
    { text: "a" },
    mockContext(),
  );
  assertEquals(type, "action");
});

Deno.test("getConnectedAccount() tells how it ended, and nothing of the account", async () => {
  const { integration, told } = await observed();
  integration.connectedAccount()(() =>
    new ConnectedAccountInfo({ email: SECRET })
  );
  await integration.getConnectedAccount(mockContext());
  const [event] = told;
  assert(event?.type === "account.read");
  assertEquals(event.outcome, "connected_account");
  assert(!JSON.stringify(told).includes(SECRET));
});

Deno.test("runPollingTrigger() tells of the poll and of the run over its records", async () => {
  const { integration, told } = await observed();
  integration.pollingTrigger("news")(() => [
    { id: SECRET, data: { title: SECRET } },
    { id: 2, data: { title: "t" } },
  ]);
  await runPollingTrigger(integration, "news", {
    kv: memoryKv(),
    clock: jumpingClock(),
    context: mockContext({ key: SECRET }),
    handler: ({ id }) => {
      if (id === 2) throw new Error(SECRET);
    },
    maxRetries: 0,
  });
  assertEquals(told.map(({ type }) => type), [
    "run.started",
    "poll.ran",
    "event.delivered",
    "event.failed",
    "event.dead_lettered",
    "run.ended",
  ]);
  const poll = told.find(({ type }) => type === "poll.ran");
  assert(poll?.type === "poll.ran");
  assertEquals([poll.trigger, poll.outcome, poll.records], [
    "news",
    "polled",
    2,
  ]);
  const ended = told.at(-1);
  assert(ended?.type === "run.ended");
  assertEquals([ended.integration, ended.trigger, ended.delivered], [
    "Test",
    "news",
    1,
  ]);
  assert(!JSON.stringify(told).includes(SECRET));
});

Deno.test("runPollingTrigger() tells its own listener, and that a poll failed", async () => {
  const { integration, told } = await observed();
  integration.pollingTrigger("news")(() => {
    throw new TypeError(SECRET);
  });
  const others: IntegrationEvent[] = [];
  await assertRejects(() =>
    runPollingTrigger(integration, "news", {
      kv: memoryKv(),
      context: mockContext(),
      handler: () => {},
      onEvent: (event) => others.push(event),
    }), TypeError);
  assertEquals(told, []);
  const [, poll, ended] = others;
  assert(poll?.type === "poll.ran" && ended?.type === "run.ended");
  assertEquals([poll.outcome, poll.error, poll.records], ["thrown", {
    name: "TypeError",
  }, 0]);
  assertEquals([ended.stopped, ended.error], ["failed", { name: "TypeError" }]);
});
