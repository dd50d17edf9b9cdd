import { assert, assertEquals, assertMatch } from "@std/assert";
import { discontinuity } from "../../sdk/extract/source_identity.ts";
import type { Position } from "../../sdk/extract/source_position.ts";

const position: Position = {
  system: "7412345678901234567",
  database: "totesys",
  taken_at: "2026-11-21T03:46:50.123456Z",
  xmin: "1000",
  xmax: "1010",
};
const previous = { ...position, visible: [] };

Deno.test("discontinuity() accepts the same or a later position", () => {
  assertEquals(discontinuity(previous, position), undefined);
  assertEquals(discontinuity(previous, { ...position, xmin: "1010", xmax: "1010" }), undefined);
  const later = { ...position, xmax: String(1000n + 2n ** 32n - 1n) };
  assertEquals(discontinuity(previous, later), undefined);
});

Deno.test("discontinuity() compares transaction ids as numbers", () => {
  assertEquals(
    discontinuity({ ...previous, xmax: "999" }, { ...position, xmax: "1000" }),
    undefined,
  );
  assert(discontinuity({ ...previous, xmax: "1000" }, { ...position, xmax: "999" }));
});

Deno.test("discontinuity() detects when too many transactions ran to compare them", () => {
  const later = { ...position, xmax: String(1000n + 2n ** 32n) };
  assertMatch(discontinuity(previous, later)?.reason ?? "", /more than 4 billion transactions/);
});
