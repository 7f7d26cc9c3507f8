/** What must hold wherever the package runs, as named checks without a test framework. */
import { memoryKv } from "../../src/kv/memory.ts";
import { kvContract } from "../../src/kv/contract.ts";
import { CLIENT_CHECKS } from "./_portable_client.ts";
import { CRYPTO_CHECKS } from "./_portable_crypto.ts";
import { DELIVERY_CHECKS } from "./_portable_delivery.ts";
import { SIGNING_CHECKS } from "./_portable_signing.ts";
import { SPOOL_CHECKS } from "./_portable_spool.ts";
import { WEBHOOK_CHECKS } from "./_portable_webhook.ts";
import type { NamedCheck } from "./_outcomes.ts";

// Small, so that the checks at the limits cost nothing.
const LIMITS = {
  maxValueBytes: 10_000,
  maxCommitBytes: 90_000,
  maxMutations: 200,
  maxChecks: 10,
};

/** The checks, to be run one after the other. */
export const PORTABLE_CHECKS: readonly NamedCheck[] = [
  ...CRYPTO_CHECKS,
  ...SIGNING_CHECKS,
  ...SPOOL_CHECKS,
  ...DELIVERY_CHECKS,
  ...CLIENT_CHECKS,
  ...WEBHOOK_CHECKS,
  ...kvContract(() => Promise.resolve(memoryKv({ limits: LIMITS }))),
];
