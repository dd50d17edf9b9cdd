import { assertEquals } from "@std/assert";
import { missingLine } from "./sample.ts";

Deno.test("missingLine() ignores numbers, times and spacing, and no words", () => {
  const output = "loaded  1 row up to commit 1 in 404 ms.\nok: 2026-01-01T00:00:00Z\n";
  assertEquals(
    missingLine(["…", "loaded 22,015 rows up to commit 3 in 1.1 s."], output),
    undefined,
  );
  assertEquals(missingLine(["loaded …", "ok: 2027-02-02T01:00:00.123456Z"], output), undefined);
  assertEquals(missingLine(["ok: …", "loaded …"], output), "loaded …");
  assertEquals(missingLine(["read 1 row …"], output), "read 1 row …");
});
