/** One case per column type and form: what the laws of a codec are tested with. */
import fc from "fast-check";
import type { ColumnSpec } from "../../schemas/columns.ts";

/** A column, and texts of its values. */
export interface Case {
  /** The column, not nullable. */
  readonly spec: ColumnSpec;
  /** Values as Postgres prints them in the column. */
  readonly printed: fc.Arbitrary<string>;
  /** Values at the limits of the type, as Postgres prints them. */
  readonly extremes: readonly string[];
  /** Almost values, which the validator or the Parquet writer refuses. */
  readonly refused: readonly string[];
}

const signed = (digits: number) => {
  const bound = 10n ** BigInt(digits) - 1n;
  return fc.oneof(
    fc.bigInt({ min: -bound, max: bound }),
    fc.integer({ min: -99_999, max: 99_999 }).map(BigInt),
    fc.constantFrom(0n, bound, -bound),
  );
};

/** Decimals with `scale` fraction digits. */
function decimal(precision: number, scale: number): fc.Arbitrary<string> {
  return signed(precision).map((unscaled) => {
    const sign = unscaled < 0n ? "-" : "";
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
    const point = digits.length - scale;
    return sign + digits.slice(0, point) + (scale > 0 ? `.${digits.slice(point)}` : "");
  });
}

const padded = (number: number, digits: number) => String(number).padStart(digits, "0");

const dates = fc.oneof(
  fc.integer({ min: 1990, max: 2040 }),
  fc.integer({ min: 1, max: 9999 }),
  fc.integer({ min: 10_000, max: 294_000 }),
).chain((year) =>
  fc.record({
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    last: fc.boolean(),
  }).map(({ month, day, last }) => {
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
    return `${padded(year, 4)}-${padded(month, 2)}-${padded(last ? days : day, 2)}`;
  })
);

const times = fc.record({
  seconds: fc.integer({ min: 0, max: 86_399 }),
  micros: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999 })),
  digits: fc.integer({ min: 0, max: 6 }),
}).map(({ seconds, micros, digits }) => {
  const clock = [seconds / 3600, seconds / 60 % 60, seconds % 60]
    .map((part) => padded(Math.floor(part), 2)).join(":");
  const fraction = padded(micros, 6).slice(0, digits).replace(/0+$/, "");
  return fraction === "" ? clock : `${clock}.${fraction}`;
});

const ascii = fc.string({ minLength: 100, maxLength: 200 });

/** Text that Postgres can hold: no NUL, no lone surrogate. */
const texts = fc.oneof(
  fc.tuple(ascii, fc.string({ unit: "binary", maxLength: 2 }), ascii).map((parts) =>
    parts.join("")
  ),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string(),
  fc.string({ unit: fc.constantFrom("\\", '"', "/", "u", "n", "\n", "\t", "\x01", "\x7f", "é") }),
).map((text) => text.replaceAll("\0", ""));

const NOT_DATES = [
  "",
  "2022-02-30",
  "2023-02-29",
  "1900-02-29",
  "0000-01-01",
  "2022-13-01",
  "2022-00-01",
  "2022-01-00",
  "2022-01-32",
  "2022-1-01",
  "22-01-01",
  "02022-01-01",
  "5874897-12-31",
  "4713-01-01 BC",
  "infinity",
  "-infinity",
  "2022/01/01",
  "2022-01-01 ",
  "-022-01-01",
  "２０２２-01-01",
];
const NOT_TIMES = [
  "",
  "25:00:00",
  "24:00:00.000001",
  "24:00:01",
  "23:60:00",
  "23:59:60",
  "1:00:00",
  "12:00",
  "12:00:00.",
  "12:00:00.1234567",
  "12:00:00,5",
  "12:00:00+01",
  "-1:00:00",
];

/** All cases, by a name that a test can print. */
export const CASES: Readonly<Record<string, Case>> = {
  integer: {
    spec: { type: "integer" },
    printed: fc.integer().map(String),
    extremes: ["0", "-1", "2147483647", "-2147483648", "1000000000"],
    refused: ["", "-", "-0", "00", "01", "1.0", "1e3", "2147483648", "-2147483649", "99999999999"],
  },
  bigint: {
    spec: { type: "bigint" },
    printed: fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      signed(15),
    ).map(String),
    extremes: [
      "0",
      "-1",
      "9223372036854775807",
      "-9223372036854775808",
      "-9223372036854775807",
      "9007199254740993",
      "4294967296",
      "-4294967296",
      "1000000000",
    ],
    refused: ["", "-", "1.5", "x", "9223372036854775808", "-9223372036854775809", "1e3", "+1"],
  },
  "numeric(10,2)": {
    spec: { type: "numeric", precision: 10, scale: 2 },
    printed: decimal(10, 2),
    extremes: ["0.00", "99999999.99", "-99999999.99", "0.01", "-0.01"],
    refused: ["", "-", ".", "1.", ".5", "3.941", "100000000.00", "NaN", "Infinity", "1e2", "1.2.3"],
  },
  "numeric(18,6)": {
    spec: { type: "numeric", precision: 18, scale: 6 },
    printed: decimal(18, 6),
    extremes: ["999999999999.999999", "-999999999999.999999", "0.000001", "9007199254.740993"],
    refused: ["1000000000000.000000", "0.0000001", "--1", "1.-1"],
  },
  "numeric(18)": {
    spec: { type: "numeric", precision: 18 },
    printed: decimal(18, 0),
    extremes: ["999999999999999999", "-999999999999999999", "4294967296", "-4294967296"],
    refused: ["1000000000000000000", "1.5"],
  },
  "numeric(5,5)": {
    spec: { type: "numeric", precision: 5, scale: 5 },
    printed: decimal(5, 5),
    extremes: ["0.99999", "-0.99999", "0.00001", "0.00000"],
    refused: ["1.00000", "0.000001"],
  },
  "numeric(38,18)": {
    spec: { type: "numeric", precision: 38, scale: 18 },
    printed: decimal(38, 18),
    extremes: [`${"9".repeat(20)}.${"9".repeat(18)}`, "0.000000000000000001"],
    refused: [`1${"0".repeat(20)}.${"0".repeat(18)}`, "0.0000000000000000001", "NaN", "x"],
  },
  numeric: {
    spec: { type: "numeric" },
    printed: fc.integer({ min: 0, max: 60 }).chain((scale) =>
      fc.integer({ min: Math.max(scale, 1), max: 90 }).chain((digits) => decimal(digits, scale))
    ),
    extremes: [
      "0",
      "0.00",
      "-0.1",
      "3.9",
      "3.90",
      "0.000001",
      "1".repeat(131_072),
      "10000",
      "9999",
    ],
    refused: [
      "1".repeat(131_073),
      `0.${"1".repeat(16_384)}`,
      "",
      "NaN",
      "Infinity",
      "-Infinity",
      "1e5",
      "1.",
      ".1",
      "1,0",
      "-",
      "+1",
      " 1",
    ],
  },
  boolean: {
    spec: { type: "boolean" },
    printed: fc.constantFrom("true", "false"),
    extremes: ["true", "false"],
    refused: ["", "tru", "truex", "falsy", "1", "T", "null", "yes"],
  },
  text: {
    spec: { type: "text" },
    printed: texts,
    extremes: [
      "",
      " ",
      "null",
      "\\N",
      "\u{1F45C}\u{1F469}\u200D\u{1F680}",
      "שלום עולם",
      "e\u0301\u0323",
      "\ufeffmark",
      "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}",
      '\b\f\n\r\t\v\x01\x1f\\"/',
      "x".repeat(1_000_000),
      "é".repeat(500_000),
    ],
    refused: [],
  },
  "text of format date": {
    spec: { type: "text", format: "date" },
    printed: dates,
    extremes: ["0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "294276-12-31"],
    refused: NOT_DATES,
  },
  date: {
    spec: { type: "date" },
    printed: dates,
    extremes: [
      "0001-01-01",
      "9999-12-31",
      "1970-01-01",
      "1969-12-31",
      "2000-02-29",
      "999999-12-31",
    ],
    refused: NOT_DATES,
  },
  time: {
    spec: { type: "time" },
    printed: times,
    extremes: ["00:00:00", "24:00:00", "23:59:59.999999", "00:00:00.000001", "12:00:00.1"],
    refused: NOT_TIMES,
  },
  timestamp: {
    spec: { type: "timestamp" },
    printed: fc.tuple(dates, times).map((parts) => parts.join(" ")),
    extremes: [
      "0001-01-01 00:00:00",
      "1969-12-31 23:59:59.999999",
      "1970-01-01 00:00:00",
      "2000-01-01 00:00:00",
      "1999-12-31 23:59:59.999999",
      "9999-12-31 23:59:59.999999",
      "294246-12-31 23:59:59.999999",
    ],
    refused: [
      ...NOT_DATES.map((date) => `${date} 00:00:00`),
      ...NOT_TIMES.map((time) => `2022-01-01 ${time}`),
      "2022-01-01",
      "2022-01-01T00:00:00",
      "2022-01-01  00:00:00",
      "2022-01-01 00:00:00Z",
      "294276-12-31 23:59:59.999999",
      "999999-12-31 00:00:00",
    ],
  },
};
