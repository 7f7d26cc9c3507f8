import { assertEquals } from "@std/assert";
import { ExportFile } from "../../src/cli/connections/_export_file.ts";
import { emptyFolder } from "./_support.ts";

const KIND = { format: "csv", service: "s" };

Deno.test("ExportFile goes on again and again with a file that is shorter than what it is known by", async () => {
  await using folder = await emptyFolder();
  const path = folder.path("people.csv");
  {
    using file = await ExportFile.open(path, KIND);
    await file.start("head\n", ["a"]);
    await file.add("row 0\n", "0");
    await file.save();
  }
  for (const i of [1, 2]) {
    using file = await ExportFile.open(path, KIND);
    assertEquals([file.offset, file.columns], [i, ["a"]]);
    await file.add(`row ${i}\n`, `${i}`);
    await file.save();
  }
  using last = await ExportFile.open(path, KIND);
  await last.finish();
  assertEquals(
    await Deno.readTextFile(path),
    "head\nrow 0\nrow 1\nrow 2\n",
  );
  assertEquals(folder.names(), ["people.csv"]);
});
