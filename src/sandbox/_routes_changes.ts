import { answer, type Call, queryNumber, type Route } from "./_call.ts";
import { wireRow } from "./_feed.ts";

const LIMIT = { usual: 100, min: 1, max: 500 };

/** `GET /api/company-data/changes`: oldest first, deleted by being asked for. */
export const changesRoute: Route = {
  endpoint: "changes",
  method: "GET",
  path: "/api/company-data/changes",
  answer: answerChanges,
};

function answerChanges(call: Call): Response {
  const { state, url } = call;
  const webhookId = url.searchParams.get("webhook_id");
  const feed = webhookId === null ? state.feed : state.backlogs.get(webhookId);
  // The rows are gone from here on, whether or not the answer arrives.
  const rows = feed?.take(queryNumber(call, "limit", LIMIT)) ?? [];
  return answer(call, {
    changes: rows.map((row) => wireRow(row, url.origin)),
  });
}
