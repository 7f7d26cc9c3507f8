import { concatBytes } from "../../src/_internal/bytes.ts";
import type { Behaviour, ReceivedRequest } from "./_receiver.ts";

type Record = (request: ReceivedRequest) => Behaviour;

// More than any body that is sent along.
const ANNOUNCED = 100_000;

/** Serves over bare sockets, one request for each; gives its port. */
export function serveRaw(record: Record): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  acceptAll(listener, record).catch((error) => console.error(error));
  return listener.addr.port;
}

async function acceptAll(
  listener: Deno.TcpListener,
  record: Record,
): Promise<void> {
  for await (const connection of listener) {
    serveOne(connection, record)
      .catch((error) => console.error(error))
      .finally(() => connection.close());
  }
}

async function serveOne(
  connection: Deno.TcpConn,
  record: Record,
): Promise<void> {
  const request = await readRequest(connection);
  if (!request) return;
  const { status = 200, headers = {}, body = "", closes } = record(request);
  if (closes === "head") return;
  const length = closes === "body" ? ANNOUNCED : body.length;
  const lines = [
    `HTTP/1.1 ${status} Some Words`,
    `content-length: ${length}`,
    "connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const text = `${lines.join("\r\n")}\r\n\r\n${body}`;
  await connection.write(new TextEncoder().encode(text));
}

async function readRequest(
  connection: Deno.TcpConn,
): Promise<ReceivedRequest | undefined> {
  const buffer = new Uint8Array(64 * 1024);
  let bytes = new Uint8Array();
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    bytes = concatBytes([bytes, buffer.subarray(0, count)]);
    const request = parse(bytes);
    if (request) return request;
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>): ReceivedRequest | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = Object.fromEntries(lines.map((line) => {
    const [name = "", ...value] = line.split(":");
    return [name.toLowerCase(), value.join(":").trim()];
  }));
  const body = bytes.slice(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
  const [path = ""] = target.split("?");
  return { path, target, method, headers, body, at: Date.now() };
}
