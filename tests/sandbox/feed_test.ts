import { assertEquals } from "@std/assert";
import { Feed, wireRow } from "../../src/sandbox/_feed.ts";

Deno.test("Feed.take() gives the oldest rows, each once, and counts them", () => {
  const feed = new Feed();
  for (let i = 0; i < 10; i++) feed.push({ row: i });
  assertEquals(feed.take(3).map(({ row }) => row), [0, 1, 2]);
  feed.push({ row: 10 });
  assertEquals([feed.size, feed.taken], [8, 3]);
  assertEquals(feed.take(100).map(({ row }) => row), [3, 4, 5, 6, 7, 8, 9, 10]);
  assertEquals([feed.take(1), feed.size, feed.taken], [[], 0, 11]);
});

Deno.test("Feed.take() of one row costs the same however many are left", () => {
  const feed = new Feed();
  const rows = 300_000;
  for (let row = 0; row < rows; row++) feed.push({ row });
  // Copying what is left each time would be 45 billion rows: this test would not end.
  for (let row = 0; row < rows; row++) {
    if (feed.take(1)[0]?.row !== row) throw new Error(`row ${row} is lost`);
  }
  assertEquals([feed.size, feed.taken], [0, rows]);
});

Deno.test("wireRow() gives the very row, or a copy with the absolute URL of its file", () => {
  const row = { id: "r" };
  assertEquals(wireRow({ row }, "http://a") === row, true);
  assertEquals(wireRow({ row, filePath: "/f" }, "http://a"), {
    id: "r",
    value_url: "http://a/f",
  });
  assertEquals(row, { id: "r" });
});
