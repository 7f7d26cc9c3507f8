import { encryptEnvelope, type Envelope } from "../crypto/mod.ts";
import type { State } from "./_state.ts";

/** Encrypts a text for the service. */
export function encryptText(state: State, text: string): Promise<Envelope> {
  return encryptEnvelope(text, state.keys.publicKey);
}
