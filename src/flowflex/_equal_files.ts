import { contentDigest } from "./_content_digest.ts";
import { countedStream } from "./_counted_stream.ts";
import type { Scope } from "./_scope.ts";
import { type Measured, sourceFailure } from "./_upload.ts";
import type { Missing } from "./_uploads.ts";
import { sourceOf } from "./file.ts";

/**
 * The first of all files that have the same name, media type and bytes, with the others as its twins. Only the bytes of
 * files that agree in all else are read.
 */
export async function equalFiles(
  files: readonly Missing[],
  scope: Scope,
): Promise<Missing[]> {
  const groups = grouped(
    files,
    ({ measured: { ref, size } }) =>
      JSON.stringify([ref.filename, ref.mime, size]),
  );
  const firsts: Missing[] = [];
  for (const group of groups) {
    const named: { each: Missing; digest: string }[] = [];
    for (const each of group) {
      const digest = group.length > 1
        ? await digestOf(each.measured, scope)
        : "";
      named.push({ each, digest });
    }
    for (const equal of grouped(named, ({ digest }) => digest)) {
      const [first, ...others] = equal.map(({ each }) => each);
      if (!first) continue;
      firsts.push({ ...first, twins: others.map(({ file }) => file) });
    }
  }
  return firsts;
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups.values()];
}

async function digestOf(
  { ref, size }: Measured,
  scope: Scope,
): Promise<string> {
  const { stream, close } = countedStream(sourceOf(ref).open(), {
    size,
    // What is read after the end counts no more.
    onBytes: () => scope.throwIfOver(),
    onFailure: (error) => scope.fail(sourceFailure(error, ref)),
  });
  return await scope.within(contentDigest(stream)).finally(close);
}
