import { assertEquals } from "@std/assert";
import type { RowVersion } from "../../../../../functions/dashboard/data/catalogue/versions.ts";
import {
  changesOf,
  instantOfForm,
  versionAt,
} from "../../../../../functions/dashboard/pages/catalogue/row_history.ts";

const instant = (hour: number) => `2026-11-30T${String(hour).padStart(2, "0")}:00:00.000000Z`;

function version(from: number, to: number | null, values: RowVersion["values"] = {}): RowVersion {
  return {
    version: String(from),
    valid_from: instant(from),
    valid_to: to === null ? null : instant(to),
    values,
  };
}

Deno.test("versionAt() returns the version that was valid: from its begin until just before its end", () => {
  const versions = [version(12, null), version(9, 11), version(8, 9)];
  const at = (hour: number) => versionAt(versions, instant(hour))?.version;
  assertEquals([7, 8, 9, 10, 11, 12, 23].map(at), [
    undefined,
    "8",
    "9",
    "9",
    undefined,
    "12",
    "12",
  ]);
});

Deno.test("changesOf() returns the values that differ, also to and from NULL", () => {
  const older = version(8, 9, { a: "1", b: null, c: "same" });
  const newer = version(9, null, { a: null, b: "2", c: "same" });
  assertEquals(changesOf(newer, older), [
    { column: "a", before: "1", after: null },
    { column: "b", before: null, after: "2" },
  ]);
  assertEquals(changesOf(older, undefined), []);
});

Deno.test("instantOfForm() reads what browsers send as UTC, and RFC 3339", () => {
  assertEquals(instantOfForm("2026-11-30T09:00"), instant(9));
  assertEquals(instantOfForm("2026-11-30T09:00:00"), instant(9));
  assertEquals(instantOfForm("2026-11-30T10:00:00+01:00"), instant(9));
  assertEquals(instantOfForm("2026-11-30T09:00:00.5Z"), "2026-11-30T09:00:00.500000Z");
  for (const text of ["", "yesterday", "2026-13-01T00:00", "2026-11-30"]) {
    assertEquals(instantOfForm(text), null, text);
  }
});
