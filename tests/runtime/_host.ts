import {
  bundleWorker,
  startWorkerd,
  type Workerd,
  type WorkerdOptions,
} from "./_workerd.ts";

/** A workerd on a disk that outlives it. */
export interface Host extends AsyncDisposable {
  /** The one that runs now. */
  readonly workerd: Workerd;
  /** Ends it if it still runs, and starts another on the same disk. */
  restart(end: "stop" | "kill"): Promise<void>;
}

/** Bundles an entry and starts it on an empty disk. */
export async function startHost(
  entry: string,
  more: Omit<WorkerdOptions, "script" | "disk"> = {},
): Promise<Host> {
  const disk = await Deno.makeTempDir();
  const options = { ...more, script: await bundleWorker(entry), disk };
  let workerd = await startWorkerd(options);
  return {
    get workerd(): Workerd {
      return workerd;
    },
    async restart(end): Promise<void> {
      await workerd[end]();
      workerd = await startWorkerd(options);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await workerd[Symbol.asyncDispose]();
      await Deno.remove(disk, { recursive: true });
    },
  };
}
