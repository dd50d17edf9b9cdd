import { assertEquals } from "@std/assert";
import { monotonic } from "../../sdk/lake/monotonic.ts";

const CLOCKS = [
  ["the clock advanced", "2026-11-21T03:46:50.123457Z", "2026-11-21T03:46:50.123457Z"],
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
