import { assertEquals } from "@std/assert";
import plugin from "../../dev/lint_plugin.ts";

interface Case {
  rule: string;
  bad: string[];
  good: string[];
}

const CASES: Case[] = [
  {
    rule: "function-arguments",
    bad: [
      "export function f(a: A, b: B, c: C): void {}",
      "export default function f(a: A, b: B, c?: AbortSignal): void {}",
      "export async function f(a: A, b: B, c: C, options: O): Promise<void> {}",
    ],
    good: [
      "export function f(a: A, b: B): void {}",
      "export function f(a: A, b: B, options: Anything): void {}",
      "export function f(a: A, b: B, c: FOptions = {}): void {}",
      "export function f(a: A, b: B, c: FContext): void {}",
      "export function f(a: A, b: B, { c }: C): void {}",
      "export function f(a: A, b: B, { c }: C = {}): void {}",
      "export function f(a: A, b: B, bounds: { min: number }): void {}",
      "export function f(this: T, a: A, b: B): void {}",
      "function f(a: A, b: B, c: C): void {}",
    ],
  },
  {
    rule: "top-level-arrow",
    bad: [
      "const f = () => 1;",
      "export const f = async () => {};",
      "const f = (() => 1) satisfies F;",
    ],
    good: [
      "function f() { const g = () => 1; return g; }",
      "const table = { f: () => 1 };",
      "const n = [1].map((x) => x);",
    ],
  },
  {
    rule: "empty-catch",
    bad: [
      "try { f(); } catch {}",
      "try { f(); } catch (_error) { } // outside",
    ],
    good: [
      "try { f(); } catch { /* it is gone already */ }",
      "try { f(); } catch {\n  // it is gone already\n}",
      "try { f(); } catch { g(); }",
    ],
  },
  {
    rule: "option-default",
    bad: [
      "const n = options.n || 10;",
      "const n = options?.n || 10;",
      "const n = retryOptions.n || 10;",
      "const n = this.#options.n || 10;",
      "options.n ||= 10;",
      "f(options.a || options.b);",
    ],
    good: [
      "const n = options.n ?? 10;",
      "if (options.a || options.b) f();",
      "const n = options.a || options.b ? 1 : 2;",
      "const n = !(options.a || options.b);",
      "const n = a || b;",
    ],
  },
  {
    rule: "error-message",
    bad: [
      'throw new Error("cannot open");',
      'throw new TypeError("Cannot open.");',
      "throw new KvError(`Cannot open ${path}.`, { cause });",
      'throw new KvError("Can\'t open");',
      "throw new KvError(`Cannot open ${path}: it doesn’t exist`);",
      'throw new DeliveryError("Cannot send: it\'s closed");',
      'throw new TypeError("Wanted a folder");',
      "throw new KvError(`Cannot open ${path}`);",
      "throw new RangeError(`Cannot use ${name}, wanted 1`);",
    ],
    good: [
      'throw new Error("Cannot open: wanted a folder");',
      "throw new KvError(`Cannot listen on ${host}:${port}: it is taken`);",
      'throw new UsageError("Wanted a folder");',
      'throw new ApiError({ status: 0, apiMessage: "No answer came" });',
      "throw new KvError(`${action}: wanted the option's name`);",
      "throw new AuthError(message);",
      'new Map([["a.", 1]]);',
    ],
  },
  {
    rule: "console",
    bad: ['console.log("a");', "const { log } = console; console.warn(log);"],
    good: ['logger.warn("a");'],
  },
];

for (const { rule, bad, good } of CASES) {
  Deno.test(`sluice/${rule} reports what breaks it, once`, () => {
    for (const source of bad) {
      assertEquals(codesOf(source, "src/kv/x.ts"), [`sluice/${rule}`], source);
    }
  });

  Deno.test(`sluice/${rule} leaves alone what keeps to it`, () => {
    for (const source of good) {
      assertEquals(codesOf(source, "src/kv/x.ts"), [], source);
    }
  });

  Deno.test(`sluice/${rule} says nothing outside src`, () => {
    for (const source of bad) {
      assertEquals(codesOf(source, "tests/src/x_test.ts"), [], source);
    }
  });
}

Deno.test("sluice/console allows the command to print", () => {
  assertEquals(codesOf('console.log("a");', "src/cli/main.ts"), []);
});

function codesOf(source: string, filename: string): string[] {
  return Deno.lint.runPlugin(plugin, filename, source).map(({ id }) => id);
}
