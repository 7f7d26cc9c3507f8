import type { SandboxConfig } from "./sandbox.ts";
import type { State } from "./_state.ts";

/** What a client needs to reach this sandbox. */
export function configOf(
  state: State,
  overrides: Readonly<Record<string, unknown>> = {},
): SandboxConfig {
  const { clientId, clientSecret, passphrase, format } = state.settings;
  return {
    api_url: state.origin,
    client_id: clientId,
    client_secret: clientSecret,
    service_private_key: state.keys.privateKeyPem,
    ...passphrase === null ? {} : { key_passphrase: passphrase },
    format,
    ...overrides,
  };
}
