import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ActionError,
  ActionResult,
  AuthType,
  ConfigurationError,
  HTTPError,
  type IntegrationResult,
  ResultType,
  ValidationError,
  type ValidationFailure,
} from "../../src/integration/mod.ts";
import { failureEnvelope } from "../../src/integration/failure_envelope.ts";
import {
  config,
  echo,
  echoing,
  FORM,
  mockContext,
  SECRET,
  wire,
} from "./_support.ts";

function failure(result: IntegrationResult): ValidationFailure {
  assert(result.type === "validation_error", result.type);
  return result.result;
}

Deno.test("executeAction() gives an action envelope with data and cost", async () => {
  const free = await echoing(() => new ActionResult("x", { costUsd: 0 }));
  assertEquals(wire(await echo(free)), {
    version: "2.0.0",
    type: "action",
    result: { data: "x", cost_usd: 0 },
  });
  const unknown = await echoing(() => new ActionResult("x"));
  assertEquals(wire(await echo(unknown)), {
    version: "2.0.0",
    type: "action",
    result: { data: "x", cost_usd: null },
  });
});

Deno.test("executeAction() answers an action without a handler with the source legacy", async () => {
  const { Integration } = await import("../../src/integration/mod.ts");
  const integration = await Integration.load(config());
  for (const name of ["echo", "other", "__proto__"]) {
    const result = await integration.executeAction(name, {}, mockContext());
    assertEquals(wire(result), {
      version: "2.0.0",
      type: "validation_error",
      result: {
        message: `Cannot run action "${name}": it is not registered`,
        property: null,
        value: null,
        source: "legacy",
        errors: [],
        cost_usd: null,
      },
    });
  }
});

Deno.test("executeAction() judges the inputs before it looks at the credentials", async () => {
  let ran = false;
  const integration = await echoing(() => {
    ran = true;
  }, { config: { auth: FORM } });
  const { message, property, source, errors } = failure(
    await echo(integration, { text: 5 }),
  );
  assertEquals(source, "input");
  assertEquals(property, "/text");
  assertEquals(
    message,
    'Cannot accept the inputs of action "echo": /text (type): wanted string',
  );
  assertEquals(errors.length, 1);
  assertEquals(ran, false);
});

Deno.test("executeAction() names the property that is missing", async () => {
  const result = failure(await echo(await echoing(), {}));
  assertEquals(result.property, "/text");
  assertEquals(wire(result.errors), [{
    pointer: "",
    property: "/text",
    rule: "required",
    schemaPointer: "/required",
    message: 'the value (required): wanted the property "text"',
  }]);
});

Deno.test("executeAction() judges the credentials by auth.fields before the handler runs", async () => {
  let ran = 0;
  const integration = await echoing(() => {
    ran++;
    return new ActionResult("x");
  }, { config: { auth: FORM } });
  for (
    const auth of [{}, null, undefined, {
      credentials: {},
      auth_type: "Custom",
    }, "text"]
  ) {
    const { source, property } = failure(
      await echo(integration, { text: "a" }, auth),
    );
    assertEquals([source, property], ["input", "/api_key"]);
  }
  assertEquals(ran, 0);
  const envelope = { auth_type: "Custom", credentials: { api_key: "k" } };
  for (
    const auth of [envelope, { credentials: { api_key: "k" } }, {
      api_key: "k",
    }]
  ) {
    assertEquals((await echo(integration, { text: "a" }, auth)).type, "action");
  }
  assertEquals(ran, 3);
});

Deno.test("executeAction() asks for nothing where the configuration has no auth.fields", async () => {
  for (const auth of [{}, null, { anything: 1 }]) {
    const integration = await echoing(undefined, {
      config: { auth: { type: "platform" } },
      strictAuth: true,
    });
    assertEquals((await echo(integration, { text: "a" }, auth)).type, "action");
  }
});

Deno.test("executeAction() takes the envelope only when strictAuth is set", async () => {
  let ran = false;
  const integration = await echoing(() => {
    ran = true;
    return new ActionResult("x");
  }, {
    config: { auth: { type: "custom", fields: { type: "object" } } },
    strictAuth: true,
  });
  for (
    const auth of [
      { api_key: SECRET },
      { credentials: { api_key: SECRET } },
      { auth_type: "Other", credentials: {} },
      { auth_type: "Custom", credentials: null },
    ]
  ) {
    const { message, source } = failure(
      await echo(integration, { text: "a" }, auth),
    );
    assert(message.startsWith("Cannot accept the credentials: wanted "));
    assertEquals(source, "input");
    assertEquals(message.includes(SECRET), false);
  }
  assertEquals(ran, false);
  const empty = { auth_type: "Custom", credentials: {} };
  assertEquals((await echo(integration, { text: "a" }, empty)).type, "action");
});

Deno.test("executeAction() answers a ValidationError of the handler with its own source", async () => {
  for (const source of ["input", "output", "legacy"] as const) {
    const integration = await echoing(() => {
      throw new ValidationError("Cannot find it", { source });
    });
    const result = failure(await echo(integration));
    assertEquals([result.message, result.source], ["Cannot find it", source]);
  }
  const integration = await echoing(() => {
    throw new ValidationError("Cannot find it");
  });
  assertEquals(failure(await echo(integration)).source, "legacy");
});

Deno.test("executeAction() throws on whatever else the handler throws", async () => {
  const thrown = [
    new HTTPError({ status: 400, apiMessage: "no" }),
    new ConfigurationError("no"),
    new RangeError("no"),
    "text",
    undefined,
  ];
  for (const each of thrown) {
    const integration = await echoing(() => Promise.reject(each));
    const caught = await echo(integration).then(
      () => "nothing",
      (error) => error,
    );
    assertEquals(caught, each);
  }
});

Deno.test("executeAction() answers an ActionError without judging it as an output", async () => {
  const integration = await echoing(() =>
    new ActionError("it is shut", { costUsd: 0.5 })
  );
  assertEquals(wire(await echo(integration)), {
    version: "2.0.0",
    type: "action_error",
    result: { message: "it is shut", cost_usd: 0.5 },
  });
});

Deno.test("executeAction() refuses an outcome that is neither result nor error", async () => {
  const outcomes: [unknown, string][] = [
    [{ data: "x" }, "object"],
    [null, "null"],
    [undefined, "undefined"],
    ["x", "string"],
  ];
  for (const [outcome, kind] of outcomes) {
    const { message, source } = failure(
      await echo(await echoing(() => outcome)),
    );
    assertEquals(source, "output");
    assertEquals(
      message,
      `Cannot accept the outcome of action "echo": wanted ActionResult or ActionError, got ${kind}`,
    );
  }
});

Deno.test("executeAction() keeps the cost when the output does not match", async () => {
  const integration = await echoing(() =>
    new ActionResult(5, { costUsd: 1.25 })
  );
  const result = await echo(integration);
  assertEquals(wire(result), {
    version: "2.0.0",
    type: "validation_error",
    result: {
      message:
        'Cannot accept the output of action "echo": the value (type): wanted string',
      property: "",
      value: null,
      source: "output",
      errors: [{
        pointer: "",
        property: "",
        rule: "type",
        schemaPointer: "/type",
        message: "the value (type): wanted string",
      }],
      cost_usd: 1.25,
    },
  });
});

Deno.test("executeAction() lets an output through and logs it when told to warn", async () => {
  const lines: string[] = [];
  const context = {
    ...mockContext(),
    logger: { info: () => {}, warn: (line: string) => lines.push(line) },
  };
  const integration = await echoing(
    () => new ActionResult(SECRET.length, { costUsd: 1 }),
    {
      onOutputMismatch: "warn",
    },
  );
  const result = await integration.executeAction(
    "echo",
    { text: "a" },
    context,
  );
  assertEquals(result.type, "action");
  assertEquals(lines, [
    'Cannot accept the output of action "echo": the value (type): wanted string',
  ]);
  const strict = await integration.executeAction(
    "echo",
    { text: "a" },
    context,
    {
      onOutputMismatch: "fail",
    },
  );
  assertEquals(strict.type, "validation_error");
});

Deno.test("executeAction() turns the unforeseen into an error envelope in safe mode", async () => {
  const integration = await echoing(() => {
    throw new RangeError(`cannot use ${SECRET} at all`);
  }, { safe: true });
  const auth = { auth_type: "Custom", credentials: { key: SECRET } };
  assertEquals(wire(await echo(integration, { text: "a" }, auth)), {
    version: "2.0.0",
    type: "error",
    result: {
      message: "cannot use [redacted] at all",
      error_type: "RangeError",
    },
  });
});

Deno.test("executeAction() survives whatever is thrown in safe mode, and one call can ask for it", async () => {
  const hostile = Object.defineProperty(new Error("x"), "message", {
    get(): never {
      throw new Error("no");
    },
  });
  const proxy = new Proxy({}, {
    getPrototypeOf(): never {
      throw new Error("no");
    },
  });
  const all = [hostile, proxy, undefined, null, Object.create(null), 5];
  for (const thrown of all) {
    const integration = await echoing(() => Promise.reject(thrown));
    const call = { text: "a" };
    const result = await integration.executeAction(
      "echo",
      call,
      mockContext(),
      { safe: true },
    );
    assertEquals(result.type, "error");
    assertEquals(failureEnvelope(thrown, {}).type, "error");
  }
});

Deno.test("executeAction() takes credentials out of whatever a handler says in safe mode", async () => {
  const pair = btoa(`user:${SECRET}`);
  const says = `no ${SECRET} or ${pair}`;
  const errors = [{
    pointer: "/a",
    property: "/a",
    rule: "r",
    schemaPointer: "/r",
    message: says,
  }];
  const cases: [string, () => unknown][] = [
    ["error", () => Promise.reject(new Error(says))],
    [
      "error",
      () => Promise.reject(Object.assign(new Error("x"), { name: says })),
    ],
    ["validation_error", () => {
      throw new ValidationError(says, { errors });
    }],
    ["action_error", () => new ActionError(says, { costUsd: 2 })],
  ];
  const credentials = { username: "user", password: SECRET };
  for (const [type, handler] of cases) {
    const integration = await echoing(handler, { safe: true });
    const auth = { auth_type: "Custom", credentials };
    const result = await echo(integration, { text: "a" }, auth);
    assertEquals(result.type, type);
    const sent = JSON.stringify(result);
    assert(sent.includes("no [redacted] or [redacted]"), sent);
    assertEquals(sent.includes(SECRET) || sent.includes(pair), false, sent);
    assertEquals(sent.includes('"cost_usd":2'), type === "action_error");
  }
});

Deno.test("executeAction() applies defaults on a copy and only when asked", async () => {
  const seen: unknown[] = [];
  const schema = {
    type: "object",
    properties: {
      n: { type: "integer", default: 3 },
      none: { type: ["string", "null"], default: "x" },
      inner: { type: "object", properties: { a: { default: [1] } } },
      absent: { type: "object", properties: { a: { default: 1 } } },
      list: { type: "array", items: { properties: { b: { default: true } } } },
    },
    required: ["n"],
  };
  const actions = {
    echo: { description: "", input_schema: schema, output_schema: true },
  };
  const handler = (inputs: unknown): ActionResult => {
    seen.push(inputs);
    return new ActionResult(1);
  };
  const given = { none: null, inner: {}, list: [{}, { b: 0 }] };
  const plain = await echoing(handler, { config: { actions } });
  assertEquals(failure(await echo(plain, given)).property, "/n");
  const filling = await echoing(handler, {
    config: { actions },
    applyDefaults: true,
  });
  assertEquals((await echo(filling, given)).type, "action");
  assertEquals(seen, [{
    n: 3,
    none: null,
    inner: { a: [1] },
    list: [{ b: true }, { b: 0 }],
  }]);
  assertEquals(given, { none: null, inner: {}, list: [{}, { b: 0 }] });
});

Deno.test("executeAction() allows extra properties, and applies no coercion", async () => {
  const integration = await echoing();
  assertEquals(
    (await echo(integration, { text: "a", more: 1 })).type,
    "action",
  );
  assertEquals(failure(await echo(integration, "text")).property, "");
});

Deno.test("executeAction() says which schema cannot be used", async () => {
  const actions = {
    echo: {
      description: "",
      input_schema: true,
      output_schema: { type: "text" },
    },
  };
  const integration = await echoing(undefined, { config: { actions } });
  const error = await assertRejects(
    () => echo(integration),
    ConfigurationError,
  );
  assert(
    error.message.startsWith(
      'Cannot use the output_schema of action "echo": /type',
    ),
  );
  assertEquals(error.code, "config");
  const safe = await echoing(undefined, { config: { actions }, safe: true });
  assertEquals((await echo(safe)).type, "error");
});

Deno.test("executeAction() never repeats a credential in an envelope", async () => {
  const fields = {
    type: "object",
    properties: {
      key: { type: "integer" },
      other: { enum: ["a"], maxLength: 1, pattern: "^$" },
    },
    additionalProperties: false,
  };
  for (const strictAuth of [false, true]) {
    const integration = await echoing(undefined, {
      config: { auth: { fields } },
      strictAuth,
    });
    const credentials = { key: SECRET, other: SECRET, more: SECRET };
    for (const auth of [credentials, { auth_type: "Custom", credentials }]) {
      const result = await echo(integration, { text: "a" }, auth);
      assertEquals(result.type, "validation_error");
      assertEquals(JSON.stringify(result).includes(SECRET), false);
    }
  }
});

Deno.test("ResultType and AuthType hold the values of the wire", () => {
  assertEquals({ ...ResultType }, {
    ACTION: "action",
    ACTION_ERROR: "action_error",
    CONNECTED_ACCOUNT: "connected_account",
    ERROR: "error",
    VALIDATION_ERROR: "validation_error",
  });
  assertEquals(Object.values(AuthType), [
    "PlatformOauth2",
    "PlatformTeams",
    "ApiKey",
    "Basic",
    "Custom",
  ]);
});
