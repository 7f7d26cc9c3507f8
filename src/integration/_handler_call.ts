/** Calls a handler. */
export type HandlerCall<Args extends readonly unknown[]> = (
  ...args: Args
) => unknown;

/** A way to call a registered class, with a fresh instance each time, or function. */
export function handlerCall<Args extends readonly unknown[]>(
  handler: unknown,
  method: string,
): HandlerCall<Args> {
  if (typeof handler !== "function") {
    throw new TypeError(
      `Cannot register the handler: wanted a class or a function, got ${typeof handler}`,
    );
  }
  if (!isClass(handler)) {
    return (...args) => Reflect.apply(handler, undefined, args);
  }
  return (...args) => {
    const instance = Reflect.construct(handler, []) as Record<string, unknown>;
    const call = instance[method];
    if (typeof call === "function") return Reflect.apply(call, instance, args);
    throw new TypeError(
      `Cannot call the handler: its class has no method ${method}`,
    );
  };
}

// Of all functions only classes have a prototype that cannot be replaced (ECMA-262, ClassDefinitionEvaluation).
function isClass(handler: object): boolean {
  return Object.getOwnPropertyDescriptor(handler, "prototype")?.writable ===
    false;
}
