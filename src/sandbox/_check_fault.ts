import { assertInteger, assertMs } from "../_internal/assert.ts";
import { isFaultKind } from "./_faults.ts";
import type { SandboxFault, SandboxTarget } from "./faults.ts";
import { ENDPOINTS } from "./requests.ts";

/** Refuses a fault that the sandbox does not know, or whose numbers are none. */
export function assertFault(fault: SandboxFault): void {
  if (!isFaultKind(fault.kind)) {
    throw new TypeError(
      `Cannot use fault: there is no kind ${JSON.stringify(fault.kind)}`,
    );
  }
  assertMs(fault.delayMs ?? 0, "delayMs");
  if ("bytes" in fault) assertInteger(fault.bytes ?? 0, "bytes", { min: 0 });
  if ("rows" in fault) assertInteger(fault.rows, "rows", { min: 1 });
  if ("status" in fault) {
    // Below 200 there is no body, and a Response cannot have such a status.
    assertInteger(fault.status ?? 200, "status", { min: 200, max: 599 });
  }
}

/** Refuses the name of an endpoint that there is not. */
export function assertTarget(target: SandboxTarget): void {
  if (typeof target === "function" || target === "*") return;
  if (ENDPOINTS.includes(target)) return;
  throw new TypeError(
    `Cannot use a fault: there is no endpoint ${JSON.stringify(target)}`,
  );
}
