/** Sends files of every kind from real workerd to the platform that its variable names. */
import { file } from "../../src/flowflex/file.ts";
import { FlowFlex } from "../../src/flowflex/client.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { generateSealingKey } from "../../src/crypto/seal.ts";
import { isSluiceError } from "../../src/errors.ts";

interface Env {
  readonly PLATFORM: string;
  readonly KEY: string;
  readonly SECRET: string;
}

const worker = {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const client = new FlowFlex({
      apiKey: env.KEY,
      apiSecret: env.SECRET,
      integrationCode: "ic_1",
      baseUrl: env.PLATFORM,
      kv: memoryKv(),
      sealingKey: generateSealingKey(),
    });
    const bytes = new TextEncoder().encode("%PDF-1.7");
    const stream = (): ReadableStream<Uint8Array> => new Blob([bytes]).stream();
    const filename = "a.pdf";
    const payload = {
      bytes: file(bytes, { filename }),
      stream: file(stream, { filename, size: bytes.length }),
      empty: file(new Blob(), { filename }),
    };
    const { uploadedAssets } = await client.sendEvent("direct", { payload });
    await client.sendEventDurably("kept", { payload });
    const { delivered } = await client.processSends();
    const refused = async (ref: ReturnType<typeof file>): Promise<string> =>
      await client.uploadFile(ref).then(
        () => "taken",
        (error) => isSluiceError(error) ? error.message : String(error),
      );
    return Response.json({
      uploadedAssets,
      delivered,
      short: await refused(file(stream, { filename, size: 9 })),
      long: await refused(file(stream, { filename, size: 7 })),
      path: await refused(file("/tmp/a.pdf")),
    });
  },
};
export default worker;
