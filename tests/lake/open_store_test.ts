import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ConfigurationError } from "../../sdk/errors.ts";
import { openStore } from "../../sdk/lake/open_store.ts";

Deno.test("openStore() opens a folder by its file:/// URL", () => {
  assertEquals(openStore("file:///srv/my%20lake").url, "file:///srv/my%20lake");
  assertEquals(openStore("file:///srv/lake/").url, "file:///srv/lake");
});

Deno.test("openStore() opens a prefix of a bucket by its s3:// URL", () => {
  assertEquals(openStore("s3://my-bucket/my%20lake/").url, "s3://my-bucket/my%20lake");
  assertEquals(openStore("s3://my-bucket").url, "s3://my-bucket");
});

for (
  const url of ["s3://key:hush@bucket/zone", "https://hush@example.com", "./hush", "", "C:\\hush"]
) {
  Deno.test(`openStore() refuses ${JSON.stringify(url)} with an example and no secret`, () => {
    const error = assertThrows(() => openStore(url), ConfigurationError);
    assertMatch(error.next?.advice ?? "", /file:\/\/\/srv\/lake|s3:\/\/my-bucket/);
    assertEquals(/hush/.test(error.message), false);
  });
}
