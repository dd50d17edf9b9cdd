import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  dateFromDays,
  daysFromDate,
  formatDate,
  formatTime,
  formatTimestamp,
  parseDate,
  parseTime,
  parseTimestamp,
} from "../../sdk/derive/calendar.ts";

const MS_PER_DAY = 86_400_000;
const MICROS_PER_DAY = 86_400_000_000;

/**
 * Returns days since 1970 as the platform counts them. `Date.UTC` maps the years 0 to 99 to 19xx.
 */
function platformDays(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / MS_PER_DAY;
}

/** A date of the calendar: a day of the year, counted from 1 January. */
const dates = (from: number, to: number) =>
  fc.record({ year: fc.integer({ min: from, max: to }), day: fc.integer({ min: 0, max: 365 }) })
    .map(({ year, day }) => {
      const date = new Date(new Date(0).setUTCFullYear(year, 0, 1) + day * MS_PER_DAY);
      return {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      };
    });

Deno.test("daysFromDate() counts as the platform's own calendar does, from year 1 to 9999", () => {
  fc.assert(
    fc.property(dates(1, 9999), (date) => {
      assertEquals(daysFromDate(date), platformDays(date.year, date.month, date.day));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("dateFromDays() gives back the date that daysFromDate() counted", () => {
  fc.assert(
    fc.property(dates(1, 275_000), (date) => {
      assertEquals(dateFromDays(daysFromDate(date)), date);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("dates beyond the range of Date work, up to the last Postgres timestamp", () => {
  // Date's last day is 275760-09-13, its day 100 000 000; Postgres's is 294276-12-31.
  assertEquals(dateFromDays(100_000_000), { year: 275_760, month: 9, day: 13 });
  assertEquals(dateFromDays(100_000_001), { year: 275_760, month: 9, day: 14 });
  const last = parseDate("294276-12-31")!;
  assertEquals(formatDate(dateFromDays(daysFromDate(last))), "294276-12-31");
  assertEquals(daysFromDate(parseDate("294277-01-01")!) - daysFromDate(last), 1);
  fc.assert(fc.property(fc.integer({ min: -719_162, max: 106_800_000 }), (days) => {
    assertEquals(daysFromDate(dateFromDays(days)), days);
  }));
});

Deno.test("days are counted from 1970-01-01", () => {
  assertEquals(daysFromDate({ year: 1970, month: 1, day: 1 }), 0);
  assertEquals(daysFromDate({ year: 1969, month: 12, day: 31 }), -1);
  assertEquals(daysFromDate({ year: 2000, month: 3, day: 1 }), 11_017);
  assertEquals(daysFromDate({ year: 1, month: 1, day: 1 }), -719_162);
});

Deno.test("parseDate() accepts exactly the days of the calendar", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      (year, month, day) => {
        const date = new Date(new Date(0).setUTCFullYear(year, month - 1, day));
        const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 &&
          date.getUTCDate() === day;
        const text = [
          String(year).padStart(4, "0"),
          String(month).padStart(2, "0"),
          String(day).padStart(2, "0"),
        ].join("-");
        assertEquals(parseDate(text), real ? { year, month, day } : undefined, text);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("parseDate() knows leap years", () => {
  for (const year of ["2000", "2004", "2400"]) {
    assertEquals(parseDate(`${year}-02-29`)?.day, 29, year);
  }
  for (const year of ["1900", "2001", "2100", "2200"]) {
    assertEquals(parseDate(`${year}-02-29`), undefined, year);
  }
});

Deno.test("parseDate() rejects anything but a date as YYYY-MM-DD", () => {
  const wrong = [
    "",
    "2022-02-30",
    "2022-04-31",
    "2022-13-01",
    "2022-00-10",
    "2022-01-00",
    "0000-01-01",
    "2022-1-1",
    "22-01-01",
    "2022/01/01",
    "20220101",
    "2022-01-01 ",
    " 2022-01-01",
    "2022-01-01T00:00:00",
    "2022-01-01\n",
    "-2022-01-01",
    "0044-03-15 BC",
    "infinity",
    "today",
    "２０２２-01-01",
  ];
  for (const text of wrong) assertEquals(parseDate(text), undefined, JSON.stringify(text));
});

Deno.test("parseDate() accepts one spelling of a date", () => {
  // Two spellings of one day would make two rows of the calendar with the same key.
  assertEquals(parseDate("02022-01-01"), undefined);
  assertEquals(parseDate("002022-01-01"), undefined);
  fc.assert(fc.property(dates(1, 275_000), (date) => {
    assertEquals(parseDate(formatDate(date)), date);
  }));
});

Deno.test("a time is the microseconds since midnight, and back", () => {
  assertEquals(parseTime("00:00:00"), 0);
  assertEquals(parseTime("09:30:15.5"), 34_215_500_000);
  assertEquals(parseTime("23:59:59.999999"), MICROS_PER_DAY - 1);
  assertEquals(formatTime(34_215_500_000), "09:30:15.5");
  assertEquals(formatTime(34_215_000_001), "09:30:15.000001");
  fc.assert(fc.property(fc.integer({ min: 0, max: MICROS_PER_DAY }), (micros) => {
    assertEquals(parseTime(formatTime(micros)), micros);
  }));
});

Deno.test("parseTime() accepts Postgres's 24:00:00 and nothing later", () => {
  assertEquals(parseTime("24:00:00"), MICROS_PER_DAY);
  assertEquals(formatTime(MICROS_PER_DAY), "24:00:00");
  assertEquals(parseTime("24:00:00.000001"), undefined);
  assertEquals(parseTime("24:00:01"), undefined);
});

Deno.test("parseTime() rejects anything but a time", () => {
  const wrong = [
    "",
    "12:00",
    "1:00:00",
    "12:60:00",
    "12:00:60",
    "25:00:00",
    "12:00:00.",
    "12:00:00.1234567",
    "12:00:00Z",
    "12:00:00+01",
    "12:00:00 PM",
  ];
  for (const text of wrong) assertEquals(parseTime(text), undefined, JSON.stringify(text));
});

Deno.test("a timestamp is the microseconds since 1970, and back, finer than Date can", () => {
  assertEquals(parseTimestamp("1970-01-01 00:00:00"), 0n);
  assertEquals(parseTimestamp("1969-12-31 23:59:59.999999"), -1n);
  assertEquals(parseTimestamp("2022-11-03 14:20:49.962"), 1_667_485_249_962_000n);
  assertEquals(formatTimestamp(-1n), "1969-12-31 23:59:59.999999");
  const first = parseTimestamp("0001-01-01 00:00:00")!;
  const last = parseTimestamp("294276-12-31 23:59:59.999999")!;
  fc.assert(fc.property(fc.bigInt({ min: first, max: last }), (micros) => {
    assertEquals(parseTimestamp(formatTimestamp(micros)), micros);
  }));
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
    const iso = new Date(ms).toISOString().replace("T", " ").replace("Z", "");
    assertEquals(parseTimestamp(iso), BigInt(ms) * 1000n);
  }));
});

Deno.test("parseTimestamp() rejects anything but a timestamp without time zone", () => {
  const wrong = [
    "",
    "2022-01-01",
    "12:00:00",
    " 12:00:00",
    "2022-02-30 12:00:00",
    "2022-01-01T12:00:00",
    "2022-01-01 12:00:00+00",
    "2022-01-01  12:00:00",
    "infinity",
    "-infinity",
  ];
  for (const text of wrong) assertEquals(parseTimestamp(text), undefined, JSON.stringify(text));
});
