import { assertEquals, assertRejects } from "@std/assert";
import { permit, type Verdict } from "../../src/delivery/matching/permit.ts";
import type {
  PermissionAnswer,
  PermissionQuestion,
  Permissions,
} from "../../src/delivery/permission.ts";
import { emitted } from "./_subscription_store.ts";

const GUARDED = { id: "sub_1", owner: "owner", permission: "view" };

/** Answers by principal; what is not there throws. */
function answering(
  answers: Readonly<Record<string, unknown>>,
): { permissions: Permissions; asked: PermissionQuestion[] } {
  const asked: PermissionQuestion[] = [];
  return {
    asked,
    permissions(question): PermissionAnswer {
      asked.push(question);
      const name = String(question.principal);
      if (name in answers) return answers[name] as PermissionAnswer;
      throw new Error("directory is down");
    },
  };
}

Deno.test("permit() asks the acting user and the owner, each once", async () => {
  const { permissions, asked } = answering({ actor: true, owner: true });
  const event = emitted({ actor: "actor" });
  const context = { event, phase: "enqueue" } as const;
  assertEquals(await permit({ permissions }, GUARDED, context), "granted");
  assertEquals(
    asked,
    ["actor", "owner"].map((principal) => ({
      principal,
      permission: "view",
      event,
      subscription: "sub_1",
      phase: "enqueue",
    })),
  );
  asked.length = 0;
  const same = { event: emitted({ actor: "owner" }), phase: "send" } as const;
  assertEquals(await permit({ permissions }, GUARDED, same), "granted");
  assertEquals(asked.map(({ principal, phase }) => [principal, phase]), [
    ["owner", "send"],
  ]);
});

Deno.test("permit() asks about nobody where there is neither owner nor acting user", async () => {
  const { permissions, asked } = answering({ null: true });
  const guarded = { ...GUARDED, owner: null };
  const context = { event: emitted(), phase: "enqueue" } as const;
  assertEquals(await permit({ permissions }, guarded, context), "granted");
  assertEquals(asked.map(({ principal }) => principal), [null]);
});

Deno.test("permit() asks nobody where there is no permission", async () => {
  const { permissions, asked } = answering({});
  const guarded = { ...GUARDED, permission: null };
  for (const phase of ["enqueue", "send"] as const) {
    const context = { event: emitted({ actor: "actor" }), phase };
    assertEquals(await permit({ permissions }, guarded, context), "granted");
    assertEquals(
      await permit({ permissions: undefined }, guarded, context),
      "granted",
    );
  }
  assertEquals(asked, []);
});

Deno.test("permit() weighs a missing principal over a denial, and both over a failure", async () => {
  const table: [unknown, unknown, Verdict][] = [
    [true, true, "granted"],
    [false, true, "denied"],
    [true, false, "denied"],
    [false, false, "denied"],
    ["missing", true, "missing"],
    [false, "missing", "missing"],
    ["missing", false, "missing"],
    [Promise.resolve(true), Promise.resolve(false), "denied"],
  ];
  for (const [actor, owner, verdict] of table) {
    const { permissions } = answering({ actor, owner });
    const event = emitted({ actor: "actor" });
    for (const phase of ["enqueue", "send"] as const) {
      const asked = permit({ permissions }, GUARDED, { event, phase });
      assertEquals(await asked, verdict);
    }
  }
  for (const answer of [false, "missing"] as const) {
    const { permissions } = answering({ owner: answer });
    const event = emitted({ actor: "actor" });
    for (const phase of ["enqueue", "send"] as const) {
      const verdict = answer === false ? "denied" : answer;
      const asked = permit({ permissions }, GUARDED, { event, phase });
      assertEquals(await asked, verdict);
    }
  }
});

Deno.test("permit() leaves open at enqueue what the callback throws on, and passes it on at send", async () => {
  const throwing = answering({ actor: true });
  const rejecting: Permissions = () => Promise.reject(new Error("directory"));
  const event = emitted({ actor: "actor" });
  for (const permissions of [throwing.permissions, rejecting]) {
    const enqueue = { event, phase: "enqueue" } as const;
    assertEquals(await permit({ permissions }, GUARDED, enqueue), "open");
    await assertRejects(
      () => permit({ permissions }, GUARDED, { event, phase: "send" }),
      Error,
      "directory",
    );
  }
});

Deno.test("permit() takes no answer but true, false and missing", async () => {
  for (const answer of [undefined, null, 1, 0, "", "yes", {}, "Missing"]) {
    const { permissions } = answering({ owner: answer });
    const event = emitted();
    const enqueue = { event, phase: "enqueue" } as const;
    assertEquals(await permit({ permissions }, GUARDED, enqueue), "open");
    await assertRejects(
      () => permit({ permissions }, GUARDED, { event, phase: "send" }),
      TypeError,
      'Cannot use the answer of permissions: wanted true, false or "missing"',
    );
  }
});

Deno.test("permit() grants nothing where nobody can be asked any more", async () => {
  const event = emitted();
  const none = { permissions: undefined };
  const enqueue = { event, phase: "enqueue" } as const;
  assertEquals(await permit(none, GUARDED, enqueue), "open");
  await assertRejects(
    () => permit(none, GUARDED, { event, phase: "send" }),
    TypeError,
    "Cannot ask for a permission: wanted the option permissions",
  );
});
