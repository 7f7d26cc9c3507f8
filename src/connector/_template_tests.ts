/** `tests/capabilities_test.ts`. */
export const TESTS = `import { assertEquals } from "@std/assert";
import { integration } from "../integration.ts";

/** The app, as far as these tests need it. */
function app(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (request.headers.get("authorization") !== "Bearer good-token") {
    return new Response(null, { status: 401 });
  }
  if (pathname === "/me") return Response.json({ tenant: "tenant-1" });
  if (pathname === "/users/7/activate") return Response.json({});
  if (pathname !== "/users") return new Response(null, { status: 404 });
  return searchParams.get("after") === "7"
    ? Response.json({
      users: [{ id: "8", email: "b@example.com", active: false }],
      after: null,
    })
    : Response.json({
      users: [{ id: "7", email: "a@example.com", active: true }],
      after: "7",
    });
}

async function dispatch(
  capability: string,
  request: Record<string, unknown>,
  token = "good-token",
) {
  await using server = Deno.serve({ port: 0, onListen() {} }, app);
  const answer = await integration.dispatch(
    capability,
    JSON.stringify({
      auth: { token: { token } },
      settings: { base_url: "http://localhost:" + server.addr.port },
      request: {},
      ...request,
    }),
  );
  return JSON.parse(answer);
}

Deno.test("validate_credentials tells the tenant", async () => {
  const { response } = await dispatch("validate_credentials", {});
  assertEquals(response, { valid: true, unique_tenant_id: "tenant-1" });
});

Deno.test("validate_credentials says unauthorized for a wrong token", async () => {
  const { error } = await dispatch("validate_credentials", {}, "bad-token");
  assertEquals(error.error_code, "{{hyphen}}.unauthorized");
  assertEquals(error.status_code, 401);
});

Deno.test("list_accounts gives all pages and then none", async () => {
  const first = await dispatch("list_accounts", {});
  const last = await dispatch("list_accounts", { page: first.page });
  assertEquals(
    [...first.response, ...last.response].map((account) => [
      account.integration_specific_id,
      account.user_status,
    ]),
    [["7", "ACTIVE"], ["8", "SUSPENDED"]],
  );
  assertEquals(last.page, null);
});

Deno.test("activate_account tells the new status", async () => {
  const { response } = await dispatch("activate_account", {
    request: { account_id: "7" },
  });
  assertEquals(response, { status: "ACTIVE", activated: true });
});
`;
