import { assertEquals } from "@std/assert";
import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import { sha256 } from "../../src/_internal/sha256.ts";

Deno.test("sha256() gives the digests of FIPS 180-4, appendix B.1, and of nothing", async () => {
  assertEquals(
    toHex(await sha256(encodeUtf8("abc"))),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertEquals(
    toHex(await sha256(new Uint8Array())),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});
