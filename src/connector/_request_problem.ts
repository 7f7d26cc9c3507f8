import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { describeErrors, type Schema } from "../schema/mod.ts";
import type { Entry } from "./_registry.ts";

/** What a connector demands of every request. */
export interface Demands {
  readonly appId: string;
  readonly handleErrors: boolean;
  /** The slot of `auth` that must be filled. */
  readonly slot: string;
  /** Judges `{ auth: { <slot>: … } }`. */
  readonly credentials: Schema;
  /** Judges `{ settings }`; without it settings are free. */
  readonly settings: { readonly name: string; readonly schema: Schema } | null;
}

/** The first thing that is wrong with a request, in the order of the protocol; never a value of it. */
export function requestProblem(
  request: JsonObject,
  options: { entry: Entry; demands: Demands },
): string | undefined {
  const { entry, demands } = options;
  return authProblem(request, { needed: entry.auth, demands }) ??
    formProblem(request, entry) ?? settingsProblem(request, demands);
}

function authProblem(
  request: JsonObject,
  { needed, demands }: { needed: boolean; demands: Demands },
): string | undefined {
  if (!Object.hasOwn(request, "auth")) {
    return needed ? "Missing auth in request" : undefined;
  }
  const auth = member(request, "auth");
  if (!isObject(auth)) return "Malformed auth in request";
  if (!needed) return undefined;
  const { slot } = demands;
  const held = member(auth, slot) ?? null;
  if (held === null) return `Missing '${slot}' auth in request`;
  const errors = demands.credentials.errors({ auth: { [slot]: held } });
  return errors.length === 0
    ? undefined
    : `Malformed auth in request - ${describeErrors(errors)}`;
}

function formProblem(request: JsonObject, entry: Entry): string | undefined {
  const errors = entry.requests.errors(request);
  return errors.length === 0
    ? undefined
    : `Invalid request - ${describeErrors(errors)}`;
}

function settingsProblem(
  request: JsonObject,
  { appId, handleErrors, settings }: Demands,
): string | undefined {
  if (settings === null) return undefined;
  const given = member(request, "settings") ?? null;
  if (given === null && handleErrors) {
    return `No settings passed on request: ${appId} requires ${settings.name}`;
  }
  const errors = settings.schema.errors({ settings: given });
  return errors.length === 0
    ? undefined
    : `Invalid settings passed on request - ${describeErrors(errors)}`;
}
