import { systemClock } from "../../_internal/clock.ts";
import type { Config, KeySource } from "../../company_data/mod.ts";
import { importPrivateKey } from "../../crypto/mod.ts";
import { attempt, type Finding, ok, warn } from "./_finding.ts";

// What Cloudflare refuses to go beyond: https://github.com/cloudflare/workerd/issues/1346
const CLOUDFLARE_ITERATIONS = 100_000;

/** Opens each private key of the configuration, here and as Cloudflare would. */
export async function keyFindings(config: Config): Promise<Finding[]> {
  const keys = [
    { source: config.servicePrivateKey, hash: "SHA-256" },
    { source: config.accountPrivateKey, hash: "SHA-1" },
    { source: config.oauthPrivateKey, hash: "SHA-256" },
  ] as const;
  const findings: Finding[] = [];
  for (const { source, hash } of keys) {
    if (source) findings.push(await keyFinding(source, hash));
  }
  return findings;
}

async function keyFinding(
  source: KeySource,
  hash: "SHA-1" | "SHA-256",
): Promise<Finding> {
  const { field } = source;
  const open = (maxIterations?: number): Promise<CryptoKey> =>
    importPrivateKey(source.pem.reveal(), {
      hash,
      field,
      passphrase: source.passphrase?.reveal(),
      passphraseField: passphraseFieldOf(field),
      ...maxIterations !== undefined && { maxIterations },
    });
  const begun = systemClock.now();
  const opened = await attempt("keys", () => open());
  const ms = Math.round(systemClock.now() - begun);
  if ("finding" in opened) return opened.finding;
  const edge = await attempt("keys", () => open(CLOUDFLARE_ITERATIONS));
  if (!("finding" in edge)) return ok("keys", `${field} opens in ${ms} ms`);
  const detail = `${field} opens here in ${ms} ms, but not on Cloudflare`;
  return warn("keys", detail, { mend: edge.finding.detail });
}

function passphraseFieldOf(field: string): string {
  return field === "service_private_key"
    ? "key_passphrase"
    : field.replace("private_key", "passphrase").replace(
      "oauth_",
      "oauth_key_",
    );
}
