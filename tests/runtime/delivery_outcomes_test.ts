import { assertEquals } from "@std/assert";
import {
  type Behaviour,
  type Receiver,
  startReceiver,
} from "../delivery/_receiver.ts";
import { deliverToAll, type DeliveryOutcome } from "./_delivery_outcomes.ts";
import { bundleWorker, startWorkerd } from "./_workerd.ts";

interface Case {
  readonly behaviour: Behaviour;
  readonly end: string;
  readonly active?: boolean;
  readonly dueInSeconds: number | null;
}

const ELSEWHERE = "/elsewhere";

/** What receivers do, and what is to become of the first attempt. */
const CASES: Readonly<Record<string, Case>> = {
  "/takes-it": {
    behaviour: {},
    end: "succeeded: 200 OK",
    dueInSeconds: null,
  },
  "/has-no-body": {
    behaviour: { status: 204 },
    end: "succeeded: 204 No Content",
    dueInSeconds: null,
  },
  "/hangs": {
    behaviour: { hangs: "head" },
    end: "pending: Timed out after 1500 ms",
    dueInSeconds: 5,
  },
  "/hangs-in-its-body": {
    behaviour: { hangs: "body" },
    end: "succeeded: 200 OK",
    dueInSeconds: null,
  },
  "/never-ends": {
    behaviour: { pads: "endless" },
    end: "succeeded: 200 OK",
    dueInSeconds: null,
  },
  "/fails-without-end": {
    behaviour: { status: 500, pads: "endless" },
    end: "pending: 500 Internal Server Error",
    dueInSeconds: 5,
  },
  "/redirects": {
    behaviour: { status: 302, headers: { location: ELSEWHERE } },
    end: "pending: 302, redirect to http://receiver/elsewhere not followed",
    dueInSeconds: 5,
  },
  "/redirects-for-good": {
    behaviour: { status: 308, headers: { location: ELSEWHERE } },
    end: "pending: 308, redirect to http://receiver/elsewhere not followed",
    dueInSeconds: 5,
  },
  "/is-gone": {
    behaviour: { status: 410 },
    end: "pending: 410 Gone",
    active: false,
    dueInSeconds: 0,
  },
  "/is-busy": {
    behaviour: { status: 429, headers: { "retry-after": "60" } },
    end: "pending: 429 Too Many Requests",
    dueInSeconds: 60,
  },
  "/is-down": {
    behaviour: { status: 503 },
    end: "pending: 503 Service Unavailable",
    dueInSeconds: 5,
  },
  "/raw/closes": {
    behaviour: { closes: "head" },
    end: "pending: Connection failed",
    dueInSeconds: 5,
  },
  "/raw/closes-in-its-body": {
    behaviour: { closes: "body" },
    end: "succeeded: 200 OK",
    dueInSeconds: null,
  },
};

Deno.test("deliverDue() on Deno tells of each receiver what it did", async () => {
  await using receiver = await startReceiver();
  await assertOutcomes(receiver, deliverToAll);
});

Deno.test("deliverDue() in real workerd tells of each receiver the same", async () => {
  await using receiver = await startReceiver();
  const script = await bundleWorker("./_delivery_outcomes_worker.ts");
  await using workerd = await startWorkerd({ script, reachesLocal: true });
  await assertOutcomes(
    receiver,
    (targets) =>
      workerd.ask("/", { method: "POST", body: JSON.stringify(targets) }),
  );
});

async function assertOutcomes(
  receiver: Receiver,
  deliver: (
    targets: Record<string, string>,
  ) => Promise<Record<string, DeliveryOutcome>>,
): Promise<void> {
  const targets: Record<string, string> = {};
  for (const [path, { behaviour }] of Object.entries(CASES)) {
    await receiver.behave(path, behaviour);
    targets[path] = receiver.url(path);
  }
  const outcomes = await deliver(targets);
  const { origin } = new URL(receiver.url("/"));
  for (const [path, { behaviour: _, ...wanted }] of Object.entries(CASES)) {
    const { end = "", ...rest } = outcomes[path] ?? {};
    assertEquals(
      { ...rest, end: end.replace(origin, "http://receiver") },
      { active: true, ...wanted },
      path,
    );
    assertEquals(await receiver.count(path), 1, path);
  }
  assertEquals(await receiver.count(ELSEWHERE), 0);
}
