import { assertEquals, assertRejects } from "@std/assert";
import {
  fileState,
  FileTooLarge,
  readHostTextFile,
} from "../../src/_internal/host.ts";

async function withFile(
  bytes: number,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "x".repeat(bytes));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const MIB = 1024 * 1024;

Deno.test("readHostTextFile() reads a file that is as large as it may be", async () => {
  await withFile(MIB, async (path) => {
    assertEquals((await readHostTextFile(path))?.length, MIB);
    assertEquals((await readHostTextFile(new URL(`file://${path}`)))?.[0], "x");
  });
  await withFile(MIB + 1, async (path) => {
    const text = await readHostTextFile(path, { maxBytes: MIB + 1 });
    assertEquals(text?.length, MIB + 1);
  });
});

Deno.test("readHostTextFile() refuses a file that is larger, and closes it", async () => {
  await withFile(MIB + 1, async (path) => {
    const error = await assertRejects(
      () => readHostTextFile(path),
      FileTooLarge,
      "Cannot read the file: wanted at most 1048576 bytes",
    );
    assertEquals(
      fileState(error),
      "it is too large, wanted at most 1048576 bytes",
    );
  });
});

Deno.test({
  name: "readHostTextFile() refuses a file that has no end",
  ignore: Deno.build.os === "windows", // it has no such file
  async fn(): Promise<void> {
    await assertRejects(() => readHostTextFile("/dev/zero"), FileTooLarge);
  },
});

Deno.test("fileState() says what a folder and a file that is not there are", async () => {
  const folder = await assertRejects(() => readHostTextFile("."), Error);
  assertEquals(fileState(folder), "it is a folder, wanted a file");
  const absent = await assertRejects(() => readHostTextFile("absent"), Error);
  assertEquals(
    fileState(absent),
    "there is no such file, wanted a path that exists seen from the working directory",
  );
});
