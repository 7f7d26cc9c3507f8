import {
  answer,
  type Call,
  errorAnswer,
  queryNumber,
  type Route,
} from "./_call.ts";
import { wireRow } from "./_feed.ts";
import type { Person } from "./_people.ts";

/** `GET /api/company-data/connections`. */
export const connectionsRoute: Route = {
  endpoint: "connections",
  method: "GET",
  path: "/api/company-data/connections",
  answer: answerConnections,
};

/** `GET /api/company-data/connections/{id}`. */
export const connectionRoute: Route = {
  endpoint: "connection",
  method: "GET",
  path: "/api/company-data/connections/:connectionId",
  answer: answerConnection,
};

function answerConnections(call: Call): Response {
  const { people, settings } = call.state;
  const limit = queryNumber(call, "limit", {
    usual: 100,
    min: 1,
    max: Math.min(call.pageCap ?? settings.pageCap, settings.pageCap),
  });
  const offset = queryNumber(call, "offset", {
    usual: 0,
    min: 0,
    max: people.size,
  });
  const items = people.page(offset, limit).map((person) => ({
    connection_id: person.connectionId,
    user_id: person.userId,
    display_name: person.displayName,
    connected_at: person.connectedAt,
    share_code: person.shareCode,
    customer_type: person.customerType,
    ...person.extra,
    values: valuesOf(call, person),
    pending_consent: [...person.pendingConsent],
  }));
  return answer(call, { total: people.size, items });
}

function answerConnection(call: Call): Response {
  const person = call.state.people.withConnection(call.param("connectionId"));
  if (!person) return noConnection(call);
  return answer(call, {
    connection_id: person.connectionId,
    user_id: person.userId,
    share_code: person.shareCode,
    customer_type: person.customerType,
    ...person.extra,
    values: valuesOf(call, person),
  });
}

/** 404 for a connection that does not exist. */
export function noConnection(call: Call): Response {
  return errorAnswer(call, {
    status: 404,
    key: "company_data.connection_not_found",
    message: "There is no such connection",
  });
}

function valuesOf(call: Call, person: Person): Record<string, unknown> {
  const entries = [...person.values].map((
    [slug, stored],
  ) => [slug, wireRow(stored, call.url.origin)]);
  return Object.fromEntries(entries);
}
