import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ApiError,
  ConnectorError,
  type ConnectorOptions,
  ERROR_CODES,
  type ExceptionHandler,
  type ExceptionRule,
  HttpHandler,
  raiseForStatus,
} from "../../src/connector/mod.ts";
import { type Answer, call, mockConnector } from "./_support.ts";

class AppError extends Error {}
class SeatError extends AppError {}

async function answerTo(
  thrown: unknown,
  options: Partial<ConnectorOptions> = {},
): Promise<Answer> {
  const connector = mockConnector(options);
  connector.registerCapability("list_accounts", () => {
    throw thrown;
  });
  return await call(connector, "list_accounts");
}

Deno.test("ERROR_CODES are the 24 of the protocol", () => {
  assertEquals(new Set(ERROR_CODES).size, 24);
});

Deno.test("dispatch() passes a ConnectorError on as it is", async () => {
  const thrown = new ConnectorError("All seats are taken", {
    errorCode: "unsupported_operation",
    appErrorCode: "seat_limit",
    statusCode: 409,
  });
  const answer = await answerTo(thrown);
  assertEquals(answer, {
    is_error: true,
    error: {
      message: "All seats are taken",
      status_code: 409,
      app_error_code: "seat_limit",
      error_code: "mock.unsupported_operation",
      app_id: "mock",
      raised_by: "ConnectorError",
      raised_in: "mock:list_accounts",
    },
    response: null,
    raw_data: null,
    page: null,
  });
});

Deno.test("ConnectorError() takes an empty appErrorCode for none", () => {
  const init = { errorCode: "not_found", appErrorCode: "" } as const;
  assertEquals(new ConnectorError("m", init).appErrorCode, null);
});

Deno.test("dispatch() writes the bare code when errorFormat is plain", async () => {
  const { error } = await answerTo(new Error("no"), { errorFormat: "plain" });
  assertEquals([error.error_code, error.app_id], ["unexpected_error", "mock"]);
  const bare = await mockConnector({ errorFormat: "plain" }).dispatch(
    "x",
    "{}",
  );
  assertEquals(JSON.parse(bare).error.error_code, "not_implemented");
});

Deno.test("dispatch() throws what the handler threw when handleErrors is false", async () => {
  const thrown = new AppError("as it is");
  await assertRejects(
    () =>
      answerTo(thrown, {
        handleErrors: false,
        exceptionHandlers: [[AppError, HttpHandler]],
      }),
    AppError,
    "as it is",
  );
});

Deno.test("dispatch() answers a wrong request with an envelope when handleErrors is false", async () => {
  const connector = mockConnector({ handleErrors: false });
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  const { error } = await call(connector, "list_accounts", { request: 5 });
  assertEquals(error.error_code, "mock.bad_request");
});

for (
  const [what, thrown, wanted] of [
    ["an Error", new Error("no"), ["no", null, "Error"]],
    ["a class of the connector", new SeatError("no"), [
      "no",
      null,
      "SeatError",
    ]],
    ["a text", "no", ["no", null, null]],
    ["nothing", undefined, ["undefined", null, null]],
    ["a symbol", Symbol("no"), ["Symbol(no)", null, null]],
    ["an object without prototype", Object.create(null), [
      "Something without a message",
      null,
      null,
    ]],
    [
      "response.status",
      Object.assign(new Error("no"), { response: { status: 418 } }),
      ["no", 418, "Error"],
    ],
    [
      "response.status_code",
      Object.assign(new Error("no"), { response: { status_code: 418 } }),
      ["no", 418, "Error"],
    ],
    ["status", Object.assign(new Error("no"), { status: 418 }), [
      "no",
      418,
      "Error",
    ]],
    [
      "a numeric code over a status",
      Object.assign(new Error("no"), { code: 418, status: 400 }),
      ["no", 418, "Error"],
    ],
    [
      "a code that is no status",
      Object.assign(new Error("no"), { code: "E_NO", status: 418 }),
      ["no", 418, "Error"],
    ],
    ["a status that is none", Object.assign(new Error("no"), { status: 0 }), [
      "no",
      null,
      "Error",
    ]],
  ] as const
) {
  Deno.test(`dispatch() reads a thrown ${what}`, async () => {
    const { error } = await answerTo(thrown);
    assertEquals([error.message, error.status_code, error.raised_by], [
      ...wanted,
    ]);
    assertEquals(error.error_code, "mock.unexpected_error");
  });
}

for (
  const [status, code] of [
    [400, "bad_request"],
    [401, "unauthorized"],
    [403, "permission_denied"],
    [404, "not_found"],
    [429, "rate_limit"],
    [409, "api_error"],
    [500, "api_error"],
    [503, "api_error"],
  ] as const
) {
  Deno.test(`HttpHandler says ${code} for HTTP ${status}`, async () => {
    const connector = mockConnector({
      exceptionHandlers: [[ApiError, HttpHandler, null]],
    });
    connector.registerCapability("list_accounts", () => {
      raiseForStatus(new Response("secret body", { status }));
      return { response: [] };
    });
    const { error } = await call(connector, "list_accounts");
    assertEquals([error.error_code, error.status_code], [
      `mock.${code}`,
      status,
    ]);
    assert(!error.message.includes("secret body"));
  });
}

Deno.test("HttpHandler says api_error without a status", async () => {
  const { error } = await answerTo(new Error("no"), {
    exceptionHandlers: [[Error, HttpHandler]],
  });
  assertEquals(error.error_code, "mock.api_error");
});

Deno.test("raiseForStatus() gives a 2xx answer back", () => {
  const answer = new Response("x", { status: 204 + 2 });
  assertEquals(raiseForStatus(answer), answer);
  return answer.body?.cancel();
});

function says(appErrorCode: string): ExceptionRule[1] {
  return {
    handle: (_error, { body }) => ({
      ...body,
      app_error_code: `${body.app_error_code ?? ""}${appErrorCode}`,
    }),
  };
}

Deno.test("exceptionHandlers run in order on what is known, so that the last has the last word", async () => {
  const { error } = await answerTo(new SeatError("no"), {
    exceptionHandlers: [
      [SeatError, says("a"), "not_found"],
      [TypeError, says("b"), "rate_limit"],
      [AppError, says("c"), "unknown_value"],
    ],
  });
  assertEquals([error.app_error_code, error.error_code], [
    "ac",
    "mock.unknown_value",
  ]);
});

Deno.test("exceptionHandlers honour the third element over the handler, and without one", async () => {
  const { error } = await answerTo(
    Object.assign(new AppError("no"), { status: 404 }),
    {
      exceptionHandlers: [[AppError, HttpHandler, "unknown_value"]],
    },
  );
  assertEquals([error.error_code, error.status_code], [
    "mock.unknown_value",
    404,
  ]);
  const alone = await answerTo(new AppError("no"), {
    exceptionHandlers: [[AppError, null, "service_error"]],
  });
  assertEquals(alone.error.error_code, "mock.service_error");
});

Deno.test("exceptionHandlers get the capability and the third element", async () => {
  const seen: unknown[] = [];
  await answerTo(new AppError("no"), {
    exceptionHandlers: [[AppError, {
      handle(error, { capability, errorCode, body }): typeof body {
        seen.push(
          (error as Error).message,
          capability,
          errorCode,
          body.error_code,
        );
        return body;
      },
    }, "not_found"]],
  });
  assertEquals(seen, ["no", "list_accounts", "not_found", "unexpected_error"]);
});

Deno.test("exceptionHandlers do not see a ConnectorError", async () => {
  const { error } = await answerTo(
    new ConnectorError("no", { errorCode: "not_found" }),
    { exceptionHandlers: [[Error, says("x"), "rate_limit"]] },
  );
  assertEquals([error.error_code, error.app_error_code], [
    "mock.not_found",
    null,
  ]);
});

Deno.test("exceptionHandlers that throw leave the error as it was", async () => {
  const { error } = await answerTo(new AppError("no"), {
    exceptionHandlers: [[AppError, {
      handle(): never {
        throw new TypeError("broken handler");
      },
    }]],
  });
  assertEquals([error.message, error.error_code], [
    "no",
    "mock.unexpected_error",
  ]);
});

Deno.test("dispatch() logs one line for each failure", async () => {
  const lines: string[] = [];
  const logger = {
    info: () => {},
    warn: (line: string) => void lines.push(line),
  };
  await answerTo(new AppError("no"), { logger });
  assertEquals(lines, ["mock/unexpected_error: no"]);
});

const HOSTILE = new Proxy({}, {
  get(): never {
    throw new Error("get");
  },
  getPrototypeOf(): never {
    throw new Error("getPrototypeOf");
  },
});

for (
  const [what, thrown] of [
    ["an unreadable message", {
      get message(): string {
        throw new Error("no");
      },
    }],
    ["a proxy", HOSTILE],
    ["a function without text", Object.assign(() => {}, { toString: null })],
  ] as const
) {
  Deno.test(`dispatch() answers a thrown value with ${what} by an envelope`, async () => {
    const { error } = await answerTo(thrown);
    assertEquals(error, {
      message: "Something without a message",
      status_code: null,
      app_error_code: null,
      error_code: "mock.unexpected_error",
      app_id: "mock",
      raised_by: null,
      raised_in: error.raised_in,
    });
    assert(error.raised_in?.startsWith("mock:"), `${error.raised_in}`);
  });
}

Deno.test("dispatch() writes an appErrorCode that is a number as a text", async () => {
  const appErrorCode = JSON.parse("42");
  const thrown = new ConnectorError("no", {
    errorCode: "bad_request",
    appErrorCode,
  });
  const { error } = await answerTo(thrown);
  assertEquals([error.app_error_code, error.error_code], [
    "42",
    "mock.bad_request",
  ]);
});

for (
  const [what, handled] of [
    ["nothing", () => undefined],
    ["null", () => null],
    ["a promise", () => Promise.resolve({ message: "late" })],
    ["a promise that rejects", () => Promise.reject(new Error("late"))],
    ["members of other types", () => ({
      message: "no",
      status_code: {},
      app_error_code: {},
      error_code: null,
      app_id: Symbol("x"),
      raised_by: "AppError",
      raised_in: "mock:list_accounts",
    })],
  ] as const
) {
  Deno.test(`exceptionHandlers that give ${what} leave what was known`, async () => {
    const handle = handled as unknown as ExceptionHandler["handle"];
    const { error } = await answerTo(new AppError("no"), {
      exceptionHandlers: [[AppError, { handle }]],
    });
    assertEquals(
      [error.message, error.error_code, error.app_id, error.status_code],
      ["no", "mock.unexpected_error", "mock", null],
    );
    assertEquals([error.raised_by, error.app_error_code], ["AppError", null]);
  });
}

Deno.test("exceptionHandlers may give a bigint", async () => {
  const handler: ExceptionHandler = {
    handle: (_error, { body }) =>
      Object.assign(body, { status_code: 404n, app_error_code: 7n }),
  };
  const { error } = await answerTo(new AppError("no"), {
    exceptionHandlers: [[AppError, handler]],
  });
  assertEquals([error.status_code, error.app_error_code], [404, "7"]);
});

Deno.test("dispatch() answers though its logger throws or rejects", async () => {
  const broken = (): never => {
    throw new Error("log");
  };
  for (const warn of [broken, () => Promise.reject(new Error("log"))]) {
    const { error } = await answerTo(new Error("no"), {
      logger: { info: () => {}, warn },
    });
    assertEquals(error.message, "no");
  }
});
