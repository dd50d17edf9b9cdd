import { assert, assertEquals, assertMatch } from "@std/assert";
import { discontinuity, monotonic, type Position } from "../../sdk/extract/snapshot.ts";

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

const CLOCKS = [
  ["the clock went on", "2026-11-21T03:46:50.123457Z", "2026-11-21T03:46:50.123457Z"],
  ["the clock stood still", "2026-11-21T03:46:50.123456Z", "2026-11-21T03:46:50.123457Z"],
  ["the clock went backwards", "2020-01-01T00:00:00.000000Z", "2026-11-21T03:46:50.123457Z"],
] as const;

for (const [how, takenAt, expected] of CLOCKS) {
  Deno.test(`monotonic() is later when ${how}`, () => {
    assertEquals(monotonic(takenAt, "2026-11-21T03:46:50.123456Z"), expected);
  });
}

Deno.test("monotonic() carries microseconds into seconds, days and years", () => {
  const early = "2000-01-01T00:00:00.000000Z";
  assertEquals(monotonic(early, "2026-11-21T03:46:50.000009Z"), "2026-11-21T03:46:50.000010Z");
  assertEquals(monotonic(early, "2026-11-21T03:46:50.999999Z"), "2026-11-21T03:46:51.000000Z");
  assertEquals(monotonic(early, "2026-12-31T23:59:59.999999Z"), "2027-01-01T00:00:00.000000Z");
});

Deno.test("monotonic() takes any instant after none", () => {
  assertEquals(monotonic("2026-11-21T03:46:50.123456Z", undefined), "2026-11-21T03:46:50.123456Z");
});
