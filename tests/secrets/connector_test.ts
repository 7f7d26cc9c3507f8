import { assert } from "@std/assert";
import {
  Connector,
  credential,
  type JsonObject,
} from "../../src/connector/mod.ts";
import { BASICS } from "../connector/_support.ts";
import { Evidence } from "./_evidence.ts";

const SECRET = "pl4nted/credential+of=é";

const AUTHS: Record<string, [type: string, value: JsonObject]> = {
  basic: ["basic", { username: "anna", password: SECRET }],
  token: ["token", { token: SECRET }],
  oauth: ["oauth", { access_token: SECRET }],
};

for (const [name, [type, value]] of Object.entries(AUTHS)) {
  Deno.test(`a connector with a ${name} credential shows no planted secret`, async () => {
    const evidence = new Evidence();
    evidence.plant("credential", SECRET);
    const pin = evidence.plant("request", "pl4nted-secret-setting");
    const connector = new Connector({
      ...BASICS,
      auth: credential(type as "basic"),
      logger: evidence.logger,
    });
    const failures: unknown[] = [
      new Error(`Cannot use ${SECRET} and ${pin}`),
      new Error(btoa(`anna:${encodeURIComponent(SECRET)}`), {
        cause: new Error(SECRET),
      }),
      Object.assign(new TypeError("x"), { code: SECRET, detail: pin }),
      SECRET,
      { message: SECRET },
    ];
    let nth = 0;
    connector.registerCapability("delete_account", () => {
      throw failures[nth++ % failures.length];
    });
    const requests: string[] = [
      ...failures.map(() =>
        JSON.stringify({
          auth: { [type]: value },
          request: { account_id: "1" },
          settings: { api_secret: pin },
        })
      ),
      JSON.stringify({ auth: { [type]: SECRET }, request: {} }),
      JSON.stringify({ auth: { [SECRET]: value }, request: { x: 1 } }),
      JSON.stringify({ auth: { [type]: value }, request: SECRET }),
      `{"auth":{"${type}":${JSON.stringify(value)}`,
    ];
    for (const capability of ["delete_account", "no_such"]) {
      for (const request of requests) {
        await evidence.attempt(() => connector.dispatch(capability, request));
      }
    }
    evidence.add("answer", connector);
    assert(evidence.count("answer") > requests.length);
    assert(evidence.count("log") > 0);
    evidence.assertClean();
  });
}
