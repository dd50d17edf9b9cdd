/** A table with a column of every type, and its rows. */
import fc from "fast-check";
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../schemas/mod.ts";

/** A column of every type, NOT NULL and nullable. */
export const TYPES = {
  integer: { type: "integer" },
  bigint: { type: "bigint" },
  amount: { type: "numeric", precision: 10, scale: 2 },
  wide: { type: "numeric", precision: 38, scale: 18 },
  numeric: { type: "numeric" },
  text: { type: "text" },
  boolean: { type: "boolean" },
  date: { type: "date" },
  time: { type: "time" },
  timestamp: { type: "timestamp" },
} as const satisfies Record<string, ColumnSpec>;

export const EVERY_TYPE: TableSpec = {
  name: "every_type",
  key: "integer",
  columns: {
    ...TYPES,
    ...Object.fromEntries(
      Object.entries(TYPES).map(([name, column]) => [`${name}_or_null`, {
        ...column,
        nullable: true,
      }]),
    ),
  },
};

export const PLAIN: AnyRow = {
  integer: 1,
  bigint: "9007199254740993",
  amount: "3.94",
  wide: "0.000000000000000001",
  numeric: "3.9",
  text: "tote",
  boolean: true,
  date: "2022-11-03",
  time: "14:20:49.962",
  timestamp: "2022-11-03 14:20:49.962001",
};
export const NULLS: AnyRow = Object.fromEntries(
  Object.keys(TYPES).map((name) => [`${name}_or_null`, null]),
);

/** The same values in the nullable columns. */
export function inBoth(row: AnyRow): AnyRow {
  const also = Object.entries(row).map(([name, value]) => [`${name}_or_null`, value]);
  return { ...row, ...Object.fromEntries(also) };
}

/** A row of {@linkcode EVERY_TYPE} with these values, in the table's order of columns. */
export function rowWith(values: Partial<typeof PLAIN>): AnyRow {
  return { ...inBoth(PLAIN), ...values } as AnyRow;
}

const twoDigits = (n: number) => String(n).padStart(2, "0");
const dates = fc.record({
  year: fc.integer({ min: 1, max: 9999 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
}).map(({ year, month, day }) =>
  `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`
);
const times = fc.record({
  seconds: fc.integer({ min: 0, max: 86_399 }),
  micros: fc.integer({ min: 0, max: 999_999 }),
}).map(({ seconds, micros }) => {
  const clock = [seconds / 3600, seconds / 60 % 60, seconds % 60]
    .map((part) => twoDigits(Math.floor(part))).join(":");
  return micros === 0 ? clock : `${clock}.${twoDigits(micros).padStart(6, "0")}`.replace(/0+$/, "");
});
const decimals = (whole: number, scale: number) =>
  fc.record({
    sign: fc.constantFrom("", "-"),
    whole: fc.bigInt({ min: 0n, max: 10n ** BigInt(whole) - 1n }),
    fraction: fc.bigInt({ min: 0n, max: 10n ** BigInt(scale) - 1n }),
  }).map(({ sign, whole, fraction }) => {
    const digits = scale === 0 ? `${whole}` : `${whole}.${String(fraction).padStart(scale, "0")}`;
    return /[1-9]/.test(digits) ? sign + digits : digits;
  });
const VALUES: Record<keyof typeof TYPES, fc.Arbitrary<Value>> = {
  integer: fc.integer(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  amount: decimals(8, 2),
  wide: decimals(20, 18),
  numeric: fc.integer({ min: 0, max: 50 }).chain((scale) => decimals(40, scale)),
  // No database holds a NUL.
  text: fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "\u0001")),
  boolean: fc.boolean(),
  date: dates,
  time: times,
  timestamp: fc.tuple(dates, times).map(([date, time]) => `${date} ${time}`),
};
/** Any row of {@linkcode EVERY_TYPE}. */
export const anyRow: fc.Arbitrary<AnyRow> = fc.record({
  ...VALUES,
  ...Object.fromEntries(
    Object.entries(VALUES).map(([name, values]) => [`${name}_or_null`, fc.option(values)]),
  ),
}).map((row) => ({ ...row }) as AnyRow); // A record of fast-check's has no prototype.
