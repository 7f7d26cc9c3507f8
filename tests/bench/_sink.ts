/** A receiver that answers 200 to everything, in a process of its own. Ends with its input. */
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, async (request) => {
  await request.arrayBuffer();
  return new Response("ok");
});
await Deno.stdin.readable.pipeTo(new WritableStream());
await server.shutdown();
