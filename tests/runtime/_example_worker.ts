/** The worker of the examples as it is, with a path that calls its `scheduled`, as the clock of Cloudflare does. */
import example, { type Env } from "../../examples/cloudflare_worker/worker.ts";

export { Inbox } from "../../examples/cloudflare_worker/worker.ts";

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname !== "/__scheduled") {
      return await example.fetch(request, env);
    }
    await example.scheduled({}, env);
    return Response.json("ended");
  },
};
export default worker;
