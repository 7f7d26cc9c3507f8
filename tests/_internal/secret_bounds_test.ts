import { assertEquals } from "@std/assert";
import {
  areTooMany,
  isTooMuch,
  takeSecrets,
} from "../../src/_internal/secret_bounds.ts";

function* endless(
  secret: string,
  counted: { count: number },
): Iterable<string> {
  for (;;) {
    counted.count++;
    yield secret;
  }
}

Deno.test("takeSecrets() takes a thousand secrets, and stops with the one after", () => {
  const thousand = Array.from({ length: 1_000 }, (_, i) => `secret-${i}`);
  assertEquals(takeSecrets(thousand), thousand);
  assertEquals(areTooMany(thousand), false);
  const counted = { count: 0 };
  const taken = takeSecrets(endless("ab", counted));
  assertEquals([taken.length, counted.count], [1_001, 1_001]);
  assertEquals(areTooMany(taken), true);
});

Deno.test("takeSecrets() takes 256 KiB of secrets, and stops with the one that is beyond", () => {
  const whole = Array<string>(256).fill("x".repeat(1_024));
  assertEquals(takeSecrets(whole), whole);
  assertEquals(areTooMany(whole), false);
  const counted = { count: 0 };
  const taken = takeSecrets(endless("x".repeat(1_024), counted));
  assertEquals([taken.length, counted.count], [257, 257]);
  assertEquals(areTooMany(taken), true);
});

Deno.test("isTooMuch() weighs the number of secrets with the length of the text", () => {
  const secrets = Array<string>(1_000).fill("secret");
  assertEquals(isTooMuch(secrets, "x".repeat(8_000)), false);
  assertEquals(isTooMuch(secrets, "x".repeat(8_001)), true);
  assertEquals(isTooMuch(["secret"], "x".repeat(8_000_000)), false);
  assertEquals(isTooMuch([], "x".repeat(8_000_001)), false);
});
