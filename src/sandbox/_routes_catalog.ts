import {
  answer,
  type Call,
  errorAnswer,
  queryNumber,
  type Route,
} from "./_call.ts";

/** `GET /api/company-data/request-fields`. */
export const requestFieldsRoute: Route = {
  endpoint: "request-fields",
  method: "GET",
  path: "/api/company-data/request-fields",
  answer: (call) => answer(call, { request_fields: call.state.fields }),
};

/** `GET /api/company-data/logs`: newest first. */
export const logsRoute: Route = {
  endpoint: "logs",
  method: "GET",
  path: "/api/company-data/logs",
  answer: answerLogs,
};

/** `GET /api/keys/{shareCode}`: the public key of a person. */
export const keyRoute: Route = {
  endpoint: "key",
  method: "GET",
  path: "/api/keys/:shareCode",
  answer: answerKey,
};

function answerLogs(call: Call): Response {
  const { logs } = call.state;
  const limit = queryNumber(call, "limit", { usual: 50, min: 1, max: 500 });
  const offset = queryNumber(call, "offset", {
    usual: 0,
    min: 0,
    max: logs.length,
  });
  const end = logs.length - offset;
  const items = logs.slice(Math.max(0, end - limit), end).reverse();
  return answer(call, { total: logs.length, items });
}

async function answerKey(call: Call): Promise<Response> {
  const { people, keys } = call.state;
  if (!people.withShareCode(call.param("shareCode"))) {
    return errorAnswer(call, {
      status: 404,
      key: "keys.not_found",
      message: "Nobody has this share code",
    });
  }
  return answer(call, { public_key: (await keys.personKey()).text });
}
