/** Delivers from real workerd to the targets that it is asked to. */
import { deliverToAll } from "./_delivery_outcomes.ts";

const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request): Promise<Response> {
    return Response.json(await deliverToAll(await request.json()));
  },
};
export default worker;
