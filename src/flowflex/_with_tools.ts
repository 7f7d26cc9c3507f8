import { readTimeout } from "./_read_send.ts";
import { openScope } from "./_scope.ts";
import { Told } from "./_told.ts";
import { type UploadTools, uploadTools } from "./_upload.ts";
import type { FlowFlexSettings } from "./client_options.ts";
import type { CallOptions } from "./upload.ts";

/** Does the work of one call of a method within its time, about no event. */
export async function withTools<T>(
  settings: FlowFlexSettings,
  { options, work }: {
    options: CallOptions;
    work: (tools: UploadTools) => Promise<T>;
  },
): Promise<T> {
  const timeoutMs = readTimeout(options, settings);
  const { clock } = settings.tools;
  const scope = openScope({ clock, timeoutMs, signal: options.signal });
  const told = new Told(settings);
  try {
    return await work(uploadTools(settings, { scope, told }));
  } finally {
    scope.close();
  }
}
