import {
  Connector,
  type ConnectorOptions,
  credential,
  type CredentialOf,
  type CredentialType,
  type JsonObject,
  type ObjectSchema,
} from "../../src/connector/mod.ts";

/** What every connector of these tests has. */
export const BASICS: ConnectorOptions<
  CredentialType<"basic", CredentialOf<"basic">>
> = {
  appId: "mock",
  version: "0.1.0",
  auth: credential("basic"),
  descriptionData: { userFriendlyName: "Mock", categories: ["OTHER"] },
};

/** The credential that {@linkcode BASICS} wants. */
export const AUTH: { basic: CredentialOf<"basic"> } = {
  basic: { username: "anna", password: "hunter2-secret" },
};

/** A connector that wants {@linkcode AUTH}, or what the options say. */
export function mockConnector(
  options: Partial<ConnectorOptions> = {},
): Connector {
  return new Connector({ ...BASICS, ...options });
}

/** The parts of an answer that the tests look at. */
export interface Answer {
  is_error?: boolean;
  response: unknown;
  raw_data: unknown;
  page: { token?: string; size?: number | null } | null;
  error: {
    message: string;
    error_code: string;
    app_error_code: string | null;
    status_code: number | null;
    app_id: string;
    raised_by: string | null;
    raised_in: string | null;
  };
}

/** Dispatches an object with {@linkcode AUTH} and parses the answer. */
export async function call<C extends CredentialType, S extends ObjectSchema>(
  connector: Connector<C, S>,
  name: string,
  request: JsonObject = {},
): Promise<Answer> {
  const json = JSON.stringify({ auth: AUTH, request: {}, ...request });
  return JSON.parse(await connector.dispatch(name, json));
}
