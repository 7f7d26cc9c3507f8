/**
 * Maps a sequence with several calls under way at once, and gives the results in the order of the source.
 *
 * At most `atOnce` results are being made or wait to be taken. When the caller stops early, what is under way is
 * awaited and dropped, so that no promise is left behind. When the source fails, the results of what it gave before
 * come first.
 */
export async function* mapAhead<T, R>(
  source: AsyncIterable<T>,
  map: (item: T) => Promise<R>,
  options: { atOnce: number },
): AsyncGenerator<R> {
  const { atOnce } = options;
  const iterator = source[Symbol.asyncIterator]();
  const window: Promise<R>[] = [];
  let failure: { readonly error: unknown } | undefined;
  const advance = (): Promise<IteratorResult<T>> =>
    iterator.next().catch((error) => {
      failure = { error };
      return { done: true, value: undefined };
    });
  try {
    for (let next = await advance(); !next.done; next = await advance()) {
      window.push(owned(map(next.value)));
      if (window.length >= atOnce) yield await window[0] as R;
      if (window.length >= atOnce) window.shift();
    }
    while (window.length > 0) {
      yield await window[0] as R;
      window.shift();
    }
    if (failure) throw failure.error;
  } finally {
    await Promise.allSettled(window);
    await iterator.return?.();
  }
}

// A failure is met when its turn comes; until then it must not count as unhandled.
function owned<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => {});
  return promise;
}
