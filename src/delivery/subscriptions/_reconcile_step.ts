import type { KvChange, KvEntry } from "../../kv/kv.ts";
import { type Declared, readDeclared } from "./_declared.ts";
import { newRow, type ShownSecret } from "./new_row.ts";
import type { Sealed, SubscriptionRow } from "../_rows.ts";
import { isSameJson } from "./_same_json.ts";
import { openSealed } from "./sealed.ts";
import { PREFIX } from "../signing/signing_key.ts";
import type { SenderParts } from "../_sender_parts.ts";
import {
  commandSet,
  joined,
  newRowChange,
  readRow,
  rowChange,
  untilCommitted,
} from "./stored.ts";
import type { Content, Signing, Terms } from "./_terms.ts";
import { deactivated } from "./activate.ts";
import { OVERLAP_MS, resealed, withSecret } from "./rotate_secret.ts";

/** A name, and what is declared by it; `undefined` when nothing is any more. */
export interface Wanted {
  readonly name: string;
  readonly terms: Terms | undefined;
}

/** What is to be done for a name, seen what is stored. */
export type Step =
  & { readonly name: string; readonly declared: Declared }
  & (
    | { readonly act: "add"; readonly terms: Terms; readonly old?: Row }
    | { readonly act: "rotate"; readonly row: Row; readonly sealed: Sealed }
    | { readonly act: "keep"; readonly row: Row }
    | { readonly act: "end"; readonly row: Row }
    | { readonly act: "forget" }
  );

/** A step, and what it made. */
export interface Done {
  readonly step: Step;
  readonly made?: { readonly id: string; readonly shown: ShownSecret };
}

type Row = KvEntry<SubscriptionRow>;

/** Finds out what is to be done; changes nothing. */
export async function decide(
  sender: SenderParts,
  { name, terms }: Wanted,
): Promise<Step> {
  const declared = await readDeclared(sender, name);
  const base = { name, declared };
  const { entry } = declared;
  const row = entry && await readRow(sender, entry.value);
  if (!terms) {
    return row ? { ...base, act: "end", row } : { ...base, act: "forget" };
  }
  if (!row) return { ...base, act: "add", terms };
  const sealed = await openSealed(sender, row.value);
  if (isChanged(row.value, { sealed, terms })) {
    return { ...base, act: "add", terms, old: row };
  }
  const rotated = rotatedTo(sender, { sealed, signing: terms.signing });
  if (rotated) return { ...base, act: "rotate", row, sealed: rotated };
  return { ...base, act: "keep", row };
}

/** Does what is to be done, in one commit. */
export async function settle(
  sender: SenderParts,
  wanted: Wanted,
): Promise<Done> {
  return await untilCommitted(sender, async () => {
    const step = await decide(sender, wanted);
    if (step.act === "keep") return { result: { step } };
    if (step.act === "add") return await addition(sender, step);
    // If the process dies before this commit the name is as it was, and after it there is nothing left to do.
    return { result: { step }, change: await changeOf(sender, step) };
  });
}

async function addition(
  sender: SenderParts,
  step: Step & { act: "add" },
): Promise<{ result: Done; change: KvChange }> {
  const { name, declared: { key, entry }, terms, old } = step;
  const { row, shown } = await newRow(sender, terms, { declaration: name });
  const pointer: KvChange = {
    checks: [{ key, version: entry?.version ?? null }],
    sets: [{ key, value: row.id }],
  };
  const end = old ? replacement(sender, old, row.id) : {};
  return {
    result: { step, made: { id: row.id, shown } },
    change: joined(pointer, newRowChange(sender, row), end),
  };
}

function replacement(sender: SenderParts, old: Row, by: string): KvChange {
  const message = "Replaced, since its declaration changed";
  const command = { type: "adopt", subscription: old.value.id, by } as const;
  const moved = { key: sender.keys.moves, value: true };
  const adopt = { sets: [commandSet(sender, command), moved] };
  return joined(endOf(sender, old, { message }), adopt);
}

async function changeOf(
  sender: SenderParts,
  step: Step & { act: "rotate" | "end" | "forget" },
): Promise<KvChange> {
  const { declared: { key, entry } } = step;
  const checks = [{ key, version: entry?.version ?? null }];
  if (step.act === "forget") return { checks, deletes: [key] };
  const { row: from } = step;
  if (step.act === "end") {
    const end = endOf(sender, from, { message: "No longer declared" });
    return joined({ checks, deletes: [key] }, end);
  }
  const { sealed } = step;
  const to = await resealed(sender, { row: from.value, sealed });
  return joined({ checks }, rowChange(sender, { from, to }));
}

// Of one that was deactivated before, the reason stays.
function endOf(
  sender: SenderParts,
  from: Row,
  { message }: { message: string },
): KvChange {
  const { active, statusMessage } = from.value;
  const why = active ? message : statusMessage;
  const to = deactivated(sender, from.value, { hold: false, message: why });
  return rowChange(sender, { from, to });
}

function isChanged(
  row: SubscriptionRow,
  { sealed, terms }: { sealed: Sealed; terms: Terms },
): boolean {
  const [newest] = sealed.secrets;
  return !isSameJson(contentOf(row), terms.content) ||
    !isSameJson(sealed.headers, terms.headers) ||
    versionOf(newest ?? "none") !== versionOf(terms.signing);
}

function contentOf(row: Content): Content {
  const { scope, for: nouns, when, to, owner } = row;
  const { permission, dialect, filter, ordered, limits } = row;
  const matching = { scope, for: nouns, when, filter };
  return { ...matching, to, owner, permission, dialect, ordered, limits };
}

function versionOf(signing: Signing): "v1" | "v1a" | "none" {
  if (typeof signing === "string") return signing;
  return signing.secret.startsWith(PREFIX.private) ? "v1a" : "v1";
}

function rotatedTo(
  sender: SenderParts,
  { sealed, signing }: { sealed: Sealed; signing: Signing },
): Sealed | undefined {
  if (typeof signing === "string") return undefined;
  if (sealed.secrets[0]?.secret === signing.secret) return undefined;
  const times = { now: sender.now(), overlapMs: OVERLAP_MS };
  return withSecret(sealed, signing.secret, times);
}
