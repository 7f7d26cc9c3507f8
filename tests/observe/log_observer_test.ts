import { assertEquals } from "@std/assert";
import {
  type LogFields,
  logObserver,
  type SluiceEvent,
} from "../../src/observe/mod.ts";

type Line = [level: string, message: string, fields: LogFields | undefined];

function logged(event: SluiceEvent): Line | undefined {
  const lines: Line[] = [];
  const say = (level: string) => (message: string, fields?: LogFields): void =>
    void lines.push([level, message, fields]);
  logObserver({ info: say("info"), warn: say("warn") })(event);
  return lines[0];
}

const RUN = { run: "r", at: 5, event: "1-0", attempt: 2 } as const;

Deno.test("logObserver() logs source and type, and all else as fields", () => {
  assertEquals(
    logged({
      source: "pump",
      type: "event.delivered",
      ...RUN,
      durationMs: 7,
    }),
    ["info", "pump event.delivered", { ...RUN, durationMs: 7 }],
  );
});

Deno.test("logObserver() warns of what failed, with class and code of the error", () => {
  assertEquals(
    logged({
      source: "pump",
      type: "event.dead_lettered",
      ...RUN,
      error: { name: "ApiError", code: "api" },
    }),
    ["warn", "pump event.dead_lettered", {
      ...RUN,
      errorName: "ApiError",
      errorCode: "api",
    }],
  );
});

Deno.test("logObserver() warns of what was refused, lost or in an outage", () => {
  const page = {
    source: "pump",
    type: "page.persisted",
    at: 1,
    segment: 1,
    bytes: 2,
    webhook: null,
  } as const;
  const ended = {
    source: "pump",
    type: "redrive.ended",
    run: "r",
    at: 1,
    durationMs: 1,
    redriven: 0,
    failed: 0,
    skipped: 0,
    error: null,
  } as const;
  const step = {
    source: "delivery",
    run: "r",
    at: 1,
    subscription: "s",
    event: null,
    attempt: 0,
    durationMs: 0,
    httpStatus: 0,
    message: "m",
  } as const;
  const sent = {
    source: "flowflex",
    at: 1,
    event: "k",
    name: "a",
  } as const;
  const levels = ([
    { ...page, cut: null },
    { ...page, cut: "cut_off" },
    { ...ended, stopped: "empty" },
    { ...ended, stopped: "outage" },
    { ...step, type: "delivery.created" },
    { ...step, type: "delivery.exhausted" },
    { ...step, type: "subscription.disabled" },
    { ...sent, type: "send.kept", files: 1 },
    {
      ...sent,
      type: "send.retried",
      step: "event",
      attempt: 1,
      httpStatus: 503,
    },
    {
      ...sent,
      type: "file.type_differs",
      file: 0,
      declared: "text/plain",
      found: "image/png",
    },
    {
      source: "inbox",
      type: "webhook.refused",
      at: 1,
      reason: "unauthenticated",
    },
  ] satisfies SluiceEvent[]).map((event) => logged(event)?.[0]);
  assertEquals(levels, [
    "info",
    "warn",
    "info",
    "warn",
    "info",
    "warn",
    "warn",
    "info",
    "warn",
    "warn",
    "warn",
  ]);
});

Deno.test("logObserver() leaves out an error that there is not, and keeps other nulls", () => {
  const line = logged({
    source: "integration",
    integration: "Test",
    type: "action.executed",
    at: 1,
    durationMs: 2,
    action: null,
    outcome: "validation_error",
    error: null,
  });
  assertEquals(line?.[2], {
    integration: "Test",
    at: 1,
    durationMs: 2,
    action: null,
    outcome: "validation_error",
  });
});
