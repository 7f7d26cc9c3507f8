/** Freezes a value that came from JSON, with all that it holds, so that whoever is shown it cannot change it. */
export function frozen<T>(value: T): T {
  const found: unknown[] = [value];
  // It grows on the way, where a recursion would end at the depth of the stack.
  for (const each of found) {
    if (typeof each !== "object" || each === null) continue;
    for (const member of Object.values(each)) found.push(member);
    Object.freeze(each);
  }
  return value;
}
