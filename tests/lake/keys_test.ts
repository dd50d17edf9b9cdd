import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LakeError } from "../../sdk/errors.ts";
import { checkKey, commitKey, dataKey, runId, sequenceOf } from "../../sdk/lake/keys.ts";

const parts = {
  table: "staff",
  taken_at: "2026-11-21T03:46:50.123456Z",
  sequence: 42,
  run: "20261121T034650Z-1f3a9c",
  extension: "jsonl",
};

Deno.test("commitKey() pads the number to twelve digits", () => {
  assertEquals(commitKey(1), "_log/000000000001.json");
  assertEquals(commitKey(999_999_999_999), "_log/999999999999.json");
});

Deno.test("commitKey() refuses an invalid number", () => {
  for (const sequence of [-1, 1.5, NaN, Infinity, 1_000_000_000_000]) {
    assertThrows(() => commitKey(sequence), LakeError);
  }
});

Deno.test("sequenceOf() reverses commitKey(), and keys sort like their numbers", () => {
  const sequence = fc.integer({ min: 1, max: 999_999_999_999 });
  fc.assert(fc.property(sequence, sequence, (a, b) => {
    assertEquals(sequenceOf(commitKey(a)), a);
    assertEquals(commitKey(a) < commitKey(b), a < b);
  }));
});

Deno.test("sequenceOf() returns null for any other key", () => {
  for (
    const key of [
      "",
      "_log/1.json",
      "_log/000000000000.json",
      "_log/000000000001.json.bak",
      "x/_log/000000000001.json",
      "_log/000000000001.json\n",
    ]
  ) assertEquals(sequenceOf(key), null, key);
});

Deno.test("dataKey() consists of table, day, number and run", () => {
  assertEquals(dataKey(parts), "staff/2026/11/21/000000000042-20261121T034650Z-1f3a9c.jsonl");
});

Deno.test("dataKey() encodes characters that a path or a URL would misread", () => {
  const folder = (table: string) => dataKey({ ...parts, table }).split("/2026/")[0];
  assertEquals(folder("purchase_order"), "purchase_order");
  assertEquals(folder('o"dd / tab%le'), "o%22dd%20%2F%20tab%25le");
  assertEquals(folder("größe😀"), "gr%C3%B6%C3%9Fe%F0%9F%98%80");
  assertEquals(folder(".."), "%2E.");
  assertEquals(folder("_log"), "%5Flog");
});

Deno.test("dataKey() of any table is a valid key that decodes to the table", () => {
  const table = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(fc.property(table, (table) => {
    const key = dataKey({ ...parts, table });
    checkKey(key);
    assertEquals(key.split("/").length, 5);
    assertEquals(decodeURIComponent(key.split("/")[0]), table);
    assert(!key.startsWith("_log/"));
  }));
});

Deno.test("dataKey() refuses a time that is not RFC 3339 in UTC", () => {
  for (const taken_at of ["2026-11-21 03:46:50", "2026-11-21T03:46:50+01:00", "21/11/2026", ""]) {
    assertThrows(() => dataKey({ ...parts, taken_at }), LakeError);
  }
});

Deno.test("runId() returns the time and six random hex digits", () => {
  const now = new Date("2026-11-21T03:46:50.999Z");
  assertEquals(runId(now, () => 0x1f3a9c / 0x1000000), "20261121T034650Z-1f3a9c");
  assertEquals(runId(now, () => 0), "20261121T034650Z-000000");
  assertMatch(runId(now), /^20261121T034650Z-[0-9a-f]{6}$/);
});
