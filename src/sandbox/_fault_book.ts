import type {
  SandboxAsked,
  SandboxFault,
  SandboxFaults,
  SandboxTarget,
} from "./faults.ts";

interface Once {
  readonly target: SandboxTarget;
  readonly fault: SandboxFault;
  left: number;
}

/** Which faults are waiting: those for the next requests go before those that stay. */
export class FaultBook {
  #lasting: SandboxFaults = {};
  #once: Once[] = [];

  setLasting(faults: SandboxFaults): void {
    this.#lasting = { ...faults };
  }

  addOnce(target: SandboxTarget, fault: SandboxFault, times: number): void {
    if (times > 0) this.#once.push({ target, fault, left: times });
  }

  clear(): void {
    this.#lasting = {};
    this.#once = [];
  }

  /** The fault for this request, if any; one that was for a number of requests is used up by one. */
  take(asked: SandboxAsked): SandboxFault | undefined {
    const once = this.#once.find(({ target }) => matches(target, asked));
    if (!once) return this.#lasting[asked.endpoint] ?? this.#lasting["*"];
    once.left--;
    if (once.left === 0) this.#once = this.#once.filter((o) => o !== once);
    return once.fault;
  }
}

function matches(target: SandboxTarget, asked: SandboxAsked): boolean {
  if (typeof target === "function") return target(asked);
  return target === "*" || target === asked.endpoint;
}
