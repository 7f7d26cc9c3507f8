import { assertInteger } from "../_internal/assert.ts";
import { assertFault, assertTarget } from "./_check_fault.ts";
import { fieldRow } from "./fields.ts";
import type { SandboxFault, SandboxFaults, SandboxTarget } from "./faults.ts";
import type { Sandbox } from "./sandbox.ts";
import { type State, timestamp } from "./_state.ts";

type Catalog = Pick<Sandbox, "setFields" | "addField" | "addLog">;
type Trouble = Pick<
  Sandbox,
  "expireTokens" | "setFaults" | "failNext" | "clearFaults" | "requests"
>;

/** The members of a sandbox that say what the platform knows. */
export function catalog(state: State): Catalog {
  return {
    setFields(fields): void {
      state.fields = fields.map(fieldRow);
    },
    addField(field): void {
      state.fields.push(fieldRow(field));
    },
    addLog({ type, message, metadata = null, createdAt }): void {
      const created_at = createdAt ?? timestamp(state);
      state.logs.push({ type, message, metadata, created_at });
    },
  };
}

/** The members of a sandbox that make things go wrong, and tell what was asked. */
export function trouble(state: State): Trouble {
  const { faults, tokens, requests } = state;
  return {
    expireTokens: () => tokens.clear(),
    setFaults(lasting): void {
      for (const [target, fault] of entriesOf(lasting)) {
        assertTarget(target);
        assertFault(fault);
      }
      faults.setLasting(lasting);
    },
    failNext(target, fault, { times = 1 } = {}): void {
      assertTarget(target);
      assertFault(fault);
      assertInteger(times, "times", { min: 0 });
      faults.addOnce(target, { ...fault }, times);
    },
    clearFaults: () => faults.clear(),
    requests: requests.view,
  };
}

function entriesOf(faults: SandboxFaults): [SandboxTarget, SandboxFault][] {
  return Object.entries(faults) as [SandboxTarget, SandboxFault][];
}
