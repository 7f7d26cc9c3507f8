/** Sends an event with files of several kinds from real workerd. */
import { file, FlowFlex, UploadError } from "../../src/flowflex/mod.ts";

interface Env {
  readonly BASE_URL: string;
  readonly API_KEY: string;
  readonly API_SECRET: string;
}

const PIECE_BYTES = 64 * 1024;

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const client = new FlowFlex({
      apiKey: env.API_KEY,
      apiSecret: env.API_SECRET,
      integrationCode: "ic_1",
      baseUrl: env.BASE_URL,
    });
    const payload = pathname === "/path"
      ? { report: file("rows.pdf") }
      : filesOf(Number(searchParams.get("pieces")));
    try {
      return Response.json(await client.sendEvent("report.ready", { payload }));
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      const { message, step } = error;
      return Response.json({ message, step });
    }
  },
};
export default worker;

function filesOf(pieces: number): object {
  const bytes = new TextEncoder().encode("%PDF-1.7");
  const stream = file(() => streamOf(pieces), {
    filename: "rows.mp4",
    size: pieces * PIECE_BYTES,
  });
  return {
    bytes: file(bytes, { filename: "a.pdf" }),
    blob: file(new Blob(["hello"]), { filename: "b.png" }),
    empty: file(new Uint8Array(), { filename: "c.jpg" }),
    stream,
  };
}

function streamOf(pieces: number): ReadableStream<Uint8Array> {
  let left = pieces;
  return new ReadableStream({
    pull(controller): void {
      if (left-- > 0) controller.enqueue(new Uint8Array(PIECE_BYTES).fill(7));
      else controller.close();
    },
  });
}
