/** What a load came to. */
export interface Sent {
  /** The status of each delivery by its place; absent where there was no whole answer. */
  readonly statuses: readonly (number | undefined)[];
}

/** How a load is sent. */
export interface SendOptions {
  readonly port: number;
  /** Connections, each with one delivery under way. */
  readonly concurrency: number;
  /** Is told after each answer how many there were. */
  readonly onAnswer?: (answered: number) => void;
}

/**
 * Sends whole HTTP requests over connections that stay open, each as soon as the one before it is answered. Written
 * for sockets, as `fetch` costs more than the server that is measured. A connection that breaks sends no more.
 */
export async function send(
  requests: readonly Uint8Array[],
  { port, concurrency, onAnswer }: SendOptions,
): Promise<Sent> {
  const statuses: (number | undefined)[] = requests.map(() => undefined);
  let next = 0;
  let answered = 0;
  const work = async (): Promise<void> => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    const buffer = new Uint8Array(4_096);
    for (;;) {
      const at = next++;
      const request = requests[at];
      if (!request) return;
      statuses[at] = await exchange(connection, { request, buffer });
      if (statuses[at] === undefined) return;
      onAnswer?.(++answered);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { statuses };
}

async function exchange(
  connection: Deno.TcpConn,
  { request, buffer }: { request: Uint8Array; buffer: Uint8Array },
): Promise<number | undefined> {
  try {
    for (let done = 0; done < request.length;) {
      done += await connection.write(request.subarray(done));
    }
    return await readStatus(connection, buffer);
  } catch (error) {
    if (error instanceof Error) return undefined; // the server is gone
    throw error;
  }
}

async function readStatus(
  connection: Deno.TcpConn,
  buffer: Uint8Array,
): Promise<number | undefined> {
  let text = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return undefined;
    text += new TextDecoder().decode(buffer.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const [, size = "0"] = /^content-length: (\d+)$/im.exec(text) ?? [];
    if (text.length >= end + 4 + Number(size)) return Number(text.slice(9, 12));
  }
}
