/** The part of Hono's `Context` that the routes use, so that they fit any release of Hono. */
export interface RouteContext {
  /** The request. */
  readonly req: {
    /** The request of the host. */
    readonly raw: Request;
    /** What was read of the body through `req`. */
    readonly bodyCache: object;
    /** Reads the body, or gives what was read. */
    arrayBuffer(): Promise<ArrayBuffer>;
  };
}

/** A handler for `app.post` and `app.get`. */
export type RouteHandler = (c: RouteContext) => Promise<Response>;

/** An answer in words. */
export function textAnswer(
  text: string,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/plain;charset=UTF-8", ...headers },
  });
}
