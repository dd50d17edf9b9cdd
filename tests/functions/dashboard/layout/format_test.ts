import { assertEquals } from "@std/assert";
import {
  age,
  bytes,
  change,
  clock,
  compact,
  day,
  duration,
  int,
  listed,
  moment,
  plural,
  preciseClock,
  share,
} from "../../../../functions/dashboard/layout/format.ts";

/** Narrow spaces that do not break, as plain ones. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

Deno.test("int() separates thousands with a space that does not break", () => {
  assertEquals(int(1234567), "1\u202f234\u202f567");
  assertEquals([999, 1000, 0, 0.4, 999.6].map(int).map(plain), ["999", "1 000", "0", "0", "1 000"]);
});

Deno.test("int() writes a negative number with a minus sign", () => {
  assertEquals(plain(int(-1234)), "−1 234");
});

Deno.test("compact() shortens a number from six digits on", () => {
  const numbers = [0, 99_999, 99_999.6, 123_456, 999_499, 999_500, 37_037_034, 999_960_000, 2.1e9];
  assertEquals(numbers.map(compact).map(plain), [
    "0",
    "99 999",
    "100k",
    "123k",
    "999k",
    "1.0m",
    "37.0m",
    "1.0bn",
    "2.1bn",
  ]);
});

Deno.test("plural() has no s for one", () => {
  assertEquals([plural(1, "row"), plural(0, "row"), plural(2, "entry", "entries")], [
    "1 row",
    "0 rows",
    "2 entries",
  ]);
});

Deno.test("change() is a percentage with its sign, and a multiple from twice on", () => {
  assertEquals([0.034, -0.02, 0.0996, 0.5, 1, 13.06].map(change).map(plain), [
    "+3.4 %",
    "−2.0 %",
    "+10 %",
    "+50 %",
    "×2.0",
    "×14",
  ]);
});

Deno.test("share() is a whole percentage", () => {
  assertEquals(plain(share(0.476)), "48 %");
});

Deno.test("duration() keeps the precision that a reader needs", () => {
  const durations = [0, 0.4, 474, 999.6, 1234, 59_940, 59_960, 125_000, 3_599_600, 12_000_000];
  assertEquals(durations.map(duration).map(plain), [
    "0",
    "0 ms",
    "474 ms",
    "1.0 s",
    "1.2 s",
    "59.9 s",
    "1 min",
    "2 min 5 s",
    "1 h",
    "3 h 20 min",
  ]);
});

Deno.test("bytes() never writes a thousand of a unit", () => {
  const sizes = [0, 709, 999.6, 25_300, 999_949, 999_960, 1e9, 2.5e15];
  assertEquals(sizes.map(bytes).map(plain), [
    "0 B",
    "709 B",
    "1.0 kB",
    "25.3 kB",
    "999.9 kB",
    "1.0 MB",
    "1.0 GB",
    "2500.0 TB",
  ]);
});

Deno.test("age() starts a unit at two of it, so that it is never '1 days'", () => {
  const minute = 60_000, hour = 60 * minute;
  const ages = [-5, 42_000, 119_400, 119_600, 119 * minute, 119.6 * minute, 47 * hour, 48 * hour];
  assertEquals(ages.map(age).map(plain), [
    "0 s",
    "42 s",
    "119 s",
    "2 min",
    "119 min",
    "2 h",
    "47 h",
    "2 days",
  ]);
});

Deno.test("times are UTC", () => {
  const at = new Date("2026-11-27T23:59:58.999Z");
  assertEquals([plain(day(at)), clock(at), preciseClock(at)], ["27 Nov", "23:59", "23:59:58"]);
});

Deno.test("moment() names the day unless it is today", () => {
  const now = new Date("2026-11-27T14:21:00Z");
  assertEquals(moment(new Date("2026-11-27T00:00:00Z"), now), "00:00");
  assertEquals(plain(moment(new Date("2026-11-26T23:59:00Z"), now)), "26 Nov, 23:59");
});

Deno.test("listed() counts what it leaves out", () => {
  assertEquals(["", "a", "a b", "a b c", "a b c d e"].map((text) => listed(text.split(" "))), [
    "",
    "a",
    "a and b",
    "a, b and c",
    "a, b and 3 more",
  ]);
});
