import { assertEquals } from "@std/assert";
import { createScrub } from "../../src/http/send.ts";

Deno.test("createScrub() leaves nothing of a secret that holds another one", () => {
  for (const secrets of [["5ecret", "a-5ecret-b"], ["a-5ecret-b", "5ecret"]]) {
    assertEquals(
      createScrub(secrets).text("a-5ecret-b and 5ecret"),
      "[redacted] and [redacted]",
    );
  }
});
