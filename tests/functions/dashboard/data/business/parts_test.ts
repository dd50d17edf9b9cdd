/** The parts that the data of the business page are made of. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import {
  parameterized,
  quoteLiteral,
  withLiterals,
} from "../../../../../functions/dashboard/data/business/bind.ts";
import { csvOf } from "../../../../../functions/dashboard/layout/csv.ts";
import {
  parametersOf,
  pointOf,
  readFilter,
} from "../../../../../functions/dashboard/data/business/filter.ts";
import { namedPeriod } from "../../../../../functions/dashboard/data/business/period.ts";
import { testDatabase } from "../../../../support/postgres.ts";

const CHOICES = { currencies: ["GBP"], departments: ["Sales & co"], countries: ["Côte d'Ivoire"] };
const NOW = new Date("2026-11-21T12:00:00Z");

Deno.test("a filter and its query parameters are the same, whatever is chosen", () => {
  for (
    const given of [
      {},
      { period: "today" },
      { period: "custom", from: "2024-02-29", to: "2024-02-29" },
      { currency: "GBP", department: "Sales & co", country: "Côte d'Ivoire" },
      { period: "year", as_of: "2026-11-20T10:00:00.000001Z" },
    ]
  ) {
    const { filter, notes } = readFilter(given, CHOICES, NOW);
    assertEquals(notes, []);
    const again = Object.fromEntries(parametersOf(filter));
    assertEquals(readFilter(again, CHOICES, NOW), { filter, notes: [] });
  }
});

Deno.test("an earlier time ends the periods on its day, to the microsecond, in UTC", () => {
  const of = (as_of: string) => readFilter({ period: "7d", as_of }, CHOICES, NOW).filter;
  const { asOf, today, period } = of("2026-03-01T00:30:00.123456+02:00");
  assertEquals([asOf, today], ["2026-02-28T22:30:00.123456Z", "2026-02-28"]);
  assertEquals([period.from, period.to, period.before], ["2026-02-22", "2026-02-28", "2026-02-15"]);
  // As a form sends it: without a zone.
  assertEquals(of("2026-03-01T10:15").asOf, "2026-03-01T10:15:00Z");
  assertEquals(of("2026-03-01 10:15:07").asOf, "2026-03-01T10:15:07Z");
});

Deno.test("a value that is no choice is answered with the default and a sentence", () => {
  const notesOf = (given: Record<string, string>) => readFilter(given, CHOICES, NOW).notes;
  assertEquals(notesOf({ currency: "XYZ" }), [
    'There is no currency "XYZ": the page shows all currencies.',
  ]);
  assertEquals(notesOf({ period: "decade" }), [
    'There is no period "decade": the page shows the last 13 weeks.',
  ]);
  assertEquals(notesOf({ period: "custom", from: "2026-02-30", to: "2026-03-01" }), [
    '"2026-02-30" is not a date such as 2026-11-27: the page shows the last 13 weeks.',
  ]);
  assertEquals(notesOf({ period: "custom", from: "2026-03-02", to: "2026-03-01" }), [
    "The first day of the period is after its last: the page shows the last 13 weeks.",
  ]);
  assertEquals(notesOf({ from: "2026-03-02" }), ["The dates count only for the period Custom."]);
  assertEquals(notesOf({ as_of: "2026-11-22T00:00:00Z" }), [
    '"2026-11-22T00:00:00Z" is in the future: the page shows the warehouse as it is now.',
  ]);
  assertEquals(notesOf({ country: "\u0007" + "x".repeat(100) })[0].length < 100, true);
});

Deno.test("whatever an address says, Postgres can read every date of the filter", () => {
  const years = fc.constantFrom("0000", "0001", "1899", "1900", "2026", "9999");
  const zone = fc.constantFrom("", "Z", "+14:00", "-23:59", "+99:99");
  const day = fc.oneof(
    years.map((year) => `${year}-01-01`),
    fc.constantFrom("2026-02-30", "x", "", "\0"),
  );
  const text = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "custom", "year"));
  const parameters = fc.record({
    period: text,
    from: day,
    to: day,
    country: text,
    as_of: fc.oneof(text, fc.tuple(day, zone).map(([day, zone]) => `${day}T23:59:59${zone}`)),
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(parameters, (given) => {
      const { period, today, asOf } = readFilter(given, CHOICES, NOW).filter;
      for (const date of [period.before, period.from, period.to, today]) {
        assertMatch(date, /^(1[89]|[2-9]\d)\d\d-\d\d-\d\d$/);
      }
      assert(asOf === null || /^(1[89]|2)\d+-/.test(asOf), asOf!);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a point of a chart stands for its days, the first one for those that are left", () => {
  const { filter } = readFilter(
    { period: "custom", from: "2026-01-01", to: "2026-04-10" },
    CHOICES,
    NOW,
  );
  assertEquals(filter.period.step, 7);
  const daysOf = (until: string) => {
    const { from, to } = pointOf(filter, until).period;
    return [from, to];
  };
  assertEquals(daysOf("2026-04-10"), ["2026-04-04", "2026-04-10"]);
  assertEquals(daysOf("2026-01-02"), ["2026-01-01", "2026-01-02"]);
});

Deno.test("a period and the one before have the same days, and the long ones the same weekdays", () => {
  for (const name of ["today", "7d", "month", "quarter", "year"] as const) {
    const { from, to, before, days } = namedPeriod(name, "2026-03-01");
    const distance = (a: string, b: string) => (Date.parse(b) - Date.parse(a)) / 86_400_000;
    assertEquals([distance(from, to) + 1, distance(before, from)], [days, days]);
    assert(days === 1 || days % 7 === 0);
  }
});

Deno.test("a literal is the value, whatever is in it, as a parameter is", async () => {
  await using database = await testDatabase();
  for (const conforming of ["on", "off"]) {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const value = text.replaceAll("\0", "").replace(/[\ud800-\udfff]/gu, "");
        const query = (bind: (value: string, type: "text") => string) =>
          `SELECT ${bind(value, "text")} AS a, ${bind(value, "text")} AS b`;
        await database.sql.begin(async (sql) => {
          await sql.unsafe(`SET LOCAL standard_conforming_strings = ${conforming}`);
          const [literal] = await sql.unsafe(withLiterals(query));
          const { text: sent, values } = parameterized(query);
          const [parameter] = await sql.unsafe(sent, values as string[]);
          assertEquals([literal.a, literal.b, values!.length], [value, value, 1]);
          assertEquals(parameter.a, value);
        });
      }),
      { numRuns: 40 },
    );
  }
  assertEquals(quoteLiteral("it's \\ here"), "E'it''s \\\\ here'");
  // What a terminal would do: clear the line, run a command, hide the rest.
  const nasty = "a\u0015\\! id\n\u001b[8m\u202e'\u009b";
  const literal = quoteLiteral(nasty);
  assertEquals(/[\p{C}]/u.test(literal), false);
  const [{ value }] = await database.sql.unsafe(`SELECT ${literal} AS value`);
  assertEquals(value, nasty);
});

Deno.test("CSV can be parsed to what it was made of, and no field is a formula", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "=1+1",
      "+A1",
      "-x",
      "@SUM(1)",
      "\t=1",
      "\r=1",
      "a;=1;b",
      "-12.30",
      "5",
      '"',
      "a\r\nb",
      "'=x",
    ),
  );
  fc.assert(fc.property(fc.array(fc.record({ a: value, b: value }), { minLength: 1 }), (rows) => {
    const parsed: Record<string, string>[] = parse(csvOf(rows), { columns: true });
    const isNumber = (text: string) => /^[+-]?\d+(\.\d+)?$/.test(text);
    rows.forEach((row, place) => {
      for (const name of ["a", "b"] as const) {
        const field = parsed[place][name];
        assert(isNumber(field) || !/^[\t\r\n]|(^|[;\t\r\n])[=+\-@]/.test(field), field);
        assertEquals(field.replaceAll("'", ""), row[name].replaceAll("'", ""));
      }
    });
  }));
  assertEquals(csvOf([{ a: null, b: "1.50" }]), "a,b\r\n,1.50\r\n");
  assertEquals(csvOf([]), "");
});
