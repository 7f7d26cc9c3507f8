import { assertFunction, assertInteger } from "../../_internal/assert.ts";

/**
 * Lets a {@linkcode TargetPolicy} accept the machine itself: `http` as well as `https`, any port, and as host one of
 * `localhost`, 127.0.0.0/8 and `[::1]`. Nothing else is accepted for it.
 *
 * **Warning.** Whoever may subscribe can then make the sender post to every service of its own machine. Use it in tests
 * and on a developer's machine only. It is a symbol so that no JSON configuration can set it.
 */
export const allowLoopback: unique symbol = Symbol("allowLoopback");

/** Where webhooks may be sent to. */
export interface TargetPolicy {
  /**
   * Ports that a target may have, whether its URL writes the port or leaves 443 out.
   *
   * @default {[443, 8443]}
   */
  readonly ports?: readonly number[];
  /**
   * Finds all addresses of a host name, A and AAAA, and rejects when it cannot tell; an empty list means that there is
   * none. `false` leaves names unresolved. Default is the DNS of the host, where it has one: `Deno.resolveDns`, else
   * `dns/promises` of Node, which Cloudflare Workers have with `nodejs_compat`; elsewhere names stay unresolved.
   */
  readonly resolve?:
    | ((host: string, signal?: AbortSignal) => Promise<readonly string[]>)
    | false;
  /**
   * Longest URL in characters, as it is given and as it is sent.
   *
   * @default {2048}
   */
  readonly maxUrlLength?: number;
  /** Accepts the machine itself; see the warning at {@linkcode allowLoopback}. */
  readonly [allowLoopback]?: true;
}

/** {@linkcode TargetPolicy} with all defaults, read once. */
export interface TargetRules {
  /** Ports that a target may have. */
  readonly ports: readonly number[];
  /** Finds addresses; `undefined` for the host's own DNS. */
  readonly resolve: TargetPolicy["resolve"];
  /** Longest URL in characters. */
  readonly maxUrlLength: number;
  /** Whether the machine itself is accepted. */
  readonly loopback: boolean;
}

const HTTPS_PORTS: readonly number[] = [443, 8443];
const MOST_URL_CHARS = 2048;

/** Reads a policy; a `TypeError` or `RangeError` for one that means nothing. */
export function readTargetPolicy(policy: TargetPolicy): TargetRules {
  const {
    ports = HTTPS_PORTS,
    resolve,
    maxUrlLength = MOST_URL_CHARS,
    [allowLoopback]: loopback,
  } = policy;
  assertPorts(ports);
  if (resolve !== undefined && resolve !== false) {
    assertFunction(resolve, "resolve");
  }
  assertInteger(maxUrlLength, "maxUrlLength", { min: 1 });
  if (loopback !== undefined && loopback !== true) {
    throw new TypeError(
      `Cannot use allowLoopback: wanted true or nothing, got ${typeof loopback}`,
    );
  }
  return { ports, resolve, maxUrlLength, loopback: loopback === true };
}

function assertPorts(ports: readonly number[]): void {
  if (!Array.isArray(ports) || ports.length === 0) {
    throw new TypeError(
      "Cannot use ports: wanted a list with at least one port",
    );
  }
  for (const port of ports) {
    assertInteger(port, "ports", { min: 1, max: 65_535 });
  }
}
