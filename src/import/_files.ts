import { type HostFiles, hostFiles } from "../_internal/host.ts";

/** The files of the host as far as an import needs them, so that a test can let them fail. */
export interface ImportFiles
  extends Pick<HostFiles, "mkdir" | "readdir" | "rename"> {
  readFile(path: string): Promise<Uint8Array>;
}

/** The files of the host; `undefined` where it has none. */
export function importFiles(): ImportFiles | undefined {
  return hostFiles() as HostFiles & ImportFiles | undefined;
}
