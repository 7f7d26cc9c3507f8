/** `settings.ts`. */
export const SETTINGS = `import { type Static, Type } from "typebox";

/** What every request says besides its credential. */
export const {{pascal}}Settings = Type.Object({
  base_url: Type.String({ title: "Address of the app" }),
}, { title: "{{pascal}}Settings" });

/** The settings as a type. */
export type {{pascal}}Settings = Static<typeof {{pascal}}Settings>;
`;

/** `client.ts`. */
export const CLIENT = `import { raiseForStatus } from "@sluice/edge/connector";
import type { {{pascal}}Settings } from "./settings.ts";

/** A user as the app writes it. */
export interface User {
  id: string;
  email: string;
  active: boolean;
}

/** A page of users, and where the next one begins. */
export interface Users {
  users: User[];
  after: string | null;
}

/** What a request to the app needs. */
export interface ClientArgs {
  readonly auth: { readonly token: { readonly token: string } };
  readonly settings: {{pascal}}Settings;
  readonly signal: AbortSignal | undefined;
}

/** Calls the app and reads its JSON. */
export async function call<T>(
  args: ClientArgs,
  path: string,
  init: RequestInit = {},
): Promise<T> {
  const url = new URL(path, args.settings.base_url);
  const response = await fetch(url, {
    ...init,
    headers: { authorization: "Bearer " + args.auth.token.token },
    signal: args.signal ?? null,
  });
  return await raiseForStatus(response).json();
}
`;

/** `capabilities_read.ts`. */
export const READ = `import type {
  CapabilityResult,
  Page,
  ResponseOf,
} from "@sluice/edge/connector";
import { call, type ClientArgs, type User, type Users } from "./client.ts";

/** Makes a cheap call, so that a wrong token is found. */
export async function validateCredentials(
  args: ClientArgs,
): Promise<CapabilityResult<ResponseOf<"validate_credentials">>> {
  const { tenant } = await call<{ tenant: string }>(args, "/me");
  return { response: { valid: true, unique_tenant_id: tenant } };
}

/** Gives the users of the app page by page. */
export async function listAccounts(
  args: ClientArgs & { readonly page: Page; readonly includeRawData: boolean },
): Promise<CapabilityResult<ResponseOf<"list_accounts">>> {
  const after = encodeURIComponent(args.page.token ?? "");
  const found = await call<Users>(args, "/users?after=" + after);
  return {
    response: found.users.map(toAccount),
    rawData: args.includeRawData ? found : null,
    page: { token: found.after, size: args.page.size ?? null },
  };
}

function toAccount(user: User): ResponseOf<"list_accounts">[number] {
  return {
    integration_specific_id: user.id,
    email: user.email,
    user_status: user.active ? "ACTIVE" : "SUSPENDED",
  };
}
`;

/** `capabilities_write.ts`. */
export const WRITE =
  `import type { CapabilityResult, ResponseOf } from "@sluice/edge/connector";
import { call, type ClientArgs } from "./client.ts";

/** Lets a user in again. */
export async function activateAccount(
  args: ClientArgs & { readonly request: { readonly account_id: string } },
): Promise<CapabilityResult<ResponseOf<"activate_account">>> {
  const id = encodeURIComponent(args.request.account_id);
  await call(args, "/users/" + id + "/activate", { method: "POST" });
  return { response: { status: "ACTIVE", activated: true } };
}
`;

/** `integration.ts`. */
export const INTEGRATION = `import {
  ApiError,
  Connector,
  credential,
  HttpHandler,
} from "@sluice/edge/connector";
import { listAccounts, validateCredentials } from "./capabilities_read.ts";
import { activateAccount } from "./capabilities_write.ts";
import { {{pascal}}Settings } from "./settings.ts";

/** The connector. */
export const integration = new Connector({
  appId: "{{hyphen}}",
  version: "0.1.0",
  auth: credential("token"),
  settings: {{pascal}}Settings,
  exceptionHandlers: [[ApiError, HttpHandler, null]],
  descriptionData: { userFriendlyName: "{{title}}", categories: ["OTHER"] },
});

integration.registerCapabilities({
  validate_credentials: validateCredentials,
  list_accounts: listAccounts,
  activate_account: activateAccount,
});
`;

/** `main.ts`. */
export const MAIN =
  `import { runConnector } from "@sluice/edge/hono/run-connector";
import { integration } from "./integration.ts";

if (import.meta.main) await runConnector(integration, Deno.args);
`;
