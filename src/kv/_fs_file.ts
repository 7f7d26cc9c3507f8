/** An open file that only grows at its end. Offsets are bytes. */
export interface LogFile {
  readonly path: string;
  size(): number;
  /** Writes all of it; when it throws, a part may have been written. */
  append(bytes: Uint8Array): void;
  /** Fills `target` from `offset` on and says how much there was. */
  readAt(offset: number, target: Uint8Array): number;
  truncate(length: number): void;
  /** Resolves when everything written has reached the disk. */
  sync(): Promise<void>;
  close(): void;
}

/** The file system as far as a log needs it, so that a test can let it fail. */
export interface Disk {
  /** An existing file, or `undefined`. */
  open(path: string): LogFile | undefined;
  /** A new file for its owner alone, or `undefined` when the name is taken. */
  create(path: string): LogFile | undefined;
  rename(from: string, to: string): void;
  /** Removes a file; one that is absent is no error. */
  remove(path: string): void;
  /** Resolves when the names in a folder have reached the disk. */
  syncFolder(path: string): Promise<void>;
}

/** The host's own file system. */
export const hostDisk: Disk = {
  open(path): LogFile | undefined {
    return unless(
      Deno.errors.NotFound,
      () => new HostFile(path, { read: true, append: true }),
    );
  },
  create(path): LogFile | undefined {
    return unless(
      Deno.errors.AlreadyExists,
      () => new HostFile(path, { read: true, append: true, createNew: true }),
    );
  },
  rename(from, to): void {
    Deno.renameSync(from, to);
  },
  remove(path): void {
    unless(Deno.errors.NotFound, () => Deno.removeSync(path));
  },
  async syncFolder(path): Promise<void> {
    // Windows opens no folder as a file; NTFS keeps its names in a journal of its own.
    if (Deno.build.os === "windows") return;
    using folder = await Deno.open(path);
    await folder.sync();
  },
};

/** Takes a file away from everybody but its owner, whatever the umask. */
export function makePrivate(path: string): void {
  if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
}

/** The result of an action, or `undefined` when it fails as expected. */
export function unless<T>(
  expected: new (...args: never[]) => Error,
  action: () => T,
): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}

class HostFile implements LogFile {
  readonly path: string;
  readonly #file: Deno.FsFile;

  constructor(path: string, options: Deno.OpenOptions) {
    this.path = path;
    this.#file = Deno.openSync(path, { ...options, mode: 0o600 });
    makePrivate(path);
  }

  size(): number {
    return this.#file.statSync().size;
  }

  append(bytes: Uint8Array): void {
    // The synchronous call costs a tenth of the other one, and write() may take only a part.
    for (let done = 0; done < bytes.length;) {
      done += this.#file.writeSync(done === 0 ? bytes : bytes.subarray(done));
    }
  }

  readAt(offset: number, target: Uint8Array): number {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < target.length) {
      const count = this.#file.readSync(target.subarray(done));
      if (count === null) break;
      done += count;
    }
    return done;
  }

  truncate(length: number): void {
    this.#file.truncateSync(length);
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  close(): void {
    this.#file.close();
  }
}
