import type { SandboxConfig } from "./sandbox.ts";
import type { State } from "./_state.ts";
import { webhookConfig } from "./_webhook_auth.ts";

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
    ...accountMembers(state),
    ...webhookConfig(Array.from(state.webhooks.values())),
    ...overrides,
  };
}

function accountMembers({ keys, settings }: State): Record<string, unknown> {
  if (!keys.account) return {};
  return {
    account_private_key: keys.account.privateKeyPem,
    ...settings.passphrase === null
      ? {}
      : { account_passphrase: settings.passphrase },
  };
}
