import { Type } from "typebox";
import {
  Connector,
  credential,
  STANDARD_CAPABILITIES,
} from "../../src/connector/mod.ts";
import { compileSchema, type Schema } from "../../src/schema/mod.ts";
import { compare, perSecond, type Row } from "./_measure.ts";

const CALLS = 3000;
const SETTINGS = Type.Object({ tenant: Type.String() });
const REQUEST = JSON.stringify({
  auth: { basic: { username: "anna", password: "hunter2" } },
  settings: { tenant: "t1" },
  request: { account_id: "7" },
});

/** Measures a dispatch against the bare handler with the same checks and nothing else. */
export async function connectorBench(): Promise<Row[]> {
  const connector = new Connector({
    appId: "bench",
    version: "0.1.0",
    auth: credential("basic"),
    settings: SETTINGS,
    descriptionData: { userFriendlyName: "Bench", categories: ["OTHER"] },
  });
  connector.registerCapability("activate_account", handler);
  const measured = await compare(CALLS, {
    subject: () =>
      repeat(() => connector.dispatch("activate_account", REQUEST)),
    ceiling: () => repeat(bareCall()),
  });
  return [{
    what: "dispatch of a small capability",
    reached: perSecond(measured.subject, "calls"),
    ceiling: `${perSecond(measured.ceiling, "calls")}, handler and checks`,
    ratio: measured.ratio,
    wanted: 0.6,
  }];
}

function handler(
  { request }: { request: { account_id: string } },
): { response: { status: "ACTIVE"; activated: boolean } } {
  return {
    response: { status: "ACTIVE", activated: request.account_id !== "" },
  };
}

function bareCall(): () => Promise<string> {
  const { request, response } = STANDARD_CAPABILITIES.activate_account;
  const auth = compileSchema(credential("basic").schema);
  const settings = compileSchema(SETTINGS);
  const requests = compileSchema({
    type: "object",
    required: ["request"],
    properties: { request },
  });
  const responses = compileSchema(response);
  return async () => {
    const sent = JSON.parse(REQUEST);
    check(auth, sent.auth.basic);
    check(requests, sent);
    check(settings, sent.settings);
    const result = await handler(sent);
    check(responses, result.response);
    return JSON.stringify(result);
  };
}

function check(schema: Schema, value: unknown): void {
  if (schema.errors(value).length > 0) throw new Error("the bench is wrong");
}

async function repeat(call: () => Promise<string>): Promise<void> {
  for (let i = 0; i < CALLS; i++) await call();
}
