/** Runs the portable checks in real workerd. */
import { type Outcome, outcomesOf } from "./_outcomes.ts";
import { PORTABLE_CHECKS } from "./portable_checks.ts";

const worker: { fetch(): Promise<Response> } = {
  async fetch(): Promise<Response> {
    const outcomes: Outcome[] = await outcomesOf(PORTABLE_CHECKS);
    return Response.json(outcomes);
  },
};
export default worker;
