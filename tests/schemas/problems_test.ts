/**
 * What the compiler and checkModel() find wrong with the mapping of a warehouse table. The types fail by
 * not compiling.
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type {
  DimensionSpec,
  FactSpec,
  Functions,
  Model,
  Problems,
  Row,
  SourceTableSpec,
  WarehouseTableSpec,
} from "../../schemas/mod.ts";
import { checkModel } from "../../sdk/derive/check_model.ts";
import { ConfigurationError } from "../../sdk/errors.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Accepts only `true`: a wrong type does not compile. */
function holds<T extends true>(..._: T[]): void {}

const country = {
  name: "country",
  key: "code",
  columns: { code: { type: "text" }, name: { type: "text" }, founded: { type: "date" } },
} as const satisfies SourceTableSpec;

const city = {
  name: "city",
  key: "id",
  columns: {
    id: { type: "integer" },
    name: { type: "text" },
    country: { type: "text", nullable: true, references: "country" },
    population: { type: "bigint" },
  },
} as const satisfies SourceTableSpec;

const trip = {
  name: "trip",
  key: "id",
  columns: {
    id: { type: "integer" },
    at: { type: "timestamp" },
    day: { type: "text", format: "date" },
    from_id: { type: "integer", references: "city" },
    to_id: { type: "integer", references: "city" },
    currency: { type: "text", references: "country" },
    note: { type: "text", nullable: true },
  },
} as const satisfies SourceTableSpec;

const functions = {
  length: { version: 1, takes: "text", returns: "integer", call: (text: string) => text.length },
  first: {
    version: 1,
    takes: "text",
    returns: "text",
    nullable: true,
    call: (text: string): string | null => text[0] ?? null,
  },
  wrong: { version: 1, takes: "text", returns: "boolean", call: (text: string) => text },
} as const satisfies Functions;

type Found<T extends WarehouseTableSpec> = Problems<
  T,
  typeof country | typeof city | typeof trip,
  typeof functions
>;

/** Returns the message of checkModel() about a table, and its advice; undefined when it finds nothing. */
function found(
  table: WarehouseTableSpec,
  others: readonly WarehouseTableSpec[] = [],
): string | undefined {
  const model: Model = { source: [country, city, trip], warehouse: [...others, table], functions };
  try {
    checkModel(model);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    assertEquals(error.table, table.name);
    return `${error.message}. next: ${error.next?.advice}`;
  }
}

const trips = { name: "fact_trip", kind: "dimension", key: "id", from: "trip" } as const;
const id = { type: "integer" } as const;

Deno.test("paths over joins of any depth, parts and functions are accepted", () => {
  const table = {
    ...trips,
    join: { start: "from_id", end: "to_id" },
    columns: {
      id,
      start: { type: "text", of: "start.name" },
      start_country: { type: "text", of: "start.country.name", nullable: true },
      end_founded: { type: "integer", of: "end.country.founded", part: "year", nullable: true },
      population: { type: "numeric", of: "end.population" },
      currency: { type: "text", of: "country.name" },
      day: { type: "date" },
      time: { type: "time", of: "at", part: "time" },
      month: { type: "text", of: "day", part: "monthName" },
      number: { type: "bigint", of: "id" },
      note_length: { type: "numeric", of: "note", by: "length", nullable: true },
      initial: { type: "text", of: "currency", by: "first", nullable: true },
    },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof table>, never>>();
  assertEquals(found(table), undefined);
});

Deno.test("a path that leads nowhere is named with its column", () => {
  const table = {
    ...trips,
    columns: { id, city: { type: "text", of: "country.nmae" } },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof table>, "fact_trip.city: country has no column nmae">>();
  assertEquals(
    found(table),
    "fact_trip.city: country has no column nmae. " +
      "next: set `of` to a path to one of: code, name, founded",
  );
});

Deno.test("a default origin that does not exist is named", () => {
  const table = {
    ...trips,
    columns: { id, place: { type: "text" } },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof table>, "fact_trip.place: trip has no column place">>();
  assertStringIncludes(found(table)!, "fact_trip.place: trip has no column place");
});

Deno.test("a table that several columns reference needs a join", () => {
  const table = {
    ...trips,
    columns: { id, city: { type: "text", of: "city.name" } },
  } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof table>,
      'fact_trip.city: several columns of trip reference city: name one in join, { "city": "…" }'
    >
  >();
  assertEquals(
    found(table),
    "fact_trip.city: several columns of trip reference city: from_id, to_id. " +
      'next: name the column in `join` of the table: {"city":"from_id"}',
  );
});

Deno.test("a table that no column references needs a join", () => {
  const table = {
    ...trips,
    columns: { id, city: { type: "text", of: "planet.name" } },
  } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof table>,
      'fact_trip.city: trip has no column that references planet: name it in join, { "planet": "…" }'
    >
  >();
  assertStringIncludes(
    found(table)!,
    "fact_trip.city: trip has no column that references planet",
  );
});

Deno.test("a join by a column that does not exist, or has another type than the key, is named", () => {
  const missing = {
    ...trips,
    join: { city: "town_id" },
    columns: { id, city: { type: "text", of: "city.name" } },
  } as const satisfies DimensionSpec;
  holds<
    Equal<Found<typeof missing>, "fact_trip.city: trip has no column town_id, which joins city">
  >();
  assertStringIncludes(found(missing)!, "trip has no column town_id, which joins city");
  const other = { ...missing, join: { city: "note" } } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof other>,
      "fact_trip.city: the column that joins city has another type than its key"
    >
  >();
  assertStringIncludes(found(other)!, "trip.note is text, the key of city integer");
});

Deno.test("a type that does not fit needs a function", () => {
  const table = {
    ...trips,
    columns: { id, note: { type: "integer", nullable: true } },
  } as const satisfies DimensionSpec;
  holds<
    Equal<Found<typeof table>, "fact_trip.note: text cannot become integer: name a function in by">
  >();
  assertEquals(
    found(table),
    "fact_trip.note: note is text, the column integer. " +
      "next: declare it as text, or name a function in `by` that returns integer",
  );
});

Deno.test("a value that can be NULL needs a nullable column, also by its path and its function", () => {
  const table = {
    ...trips,
    join: { start: "from_id" },
    columns: {
      id,
      note: { type: "text" },
      country: { type: "text", of: "start.country.name" },
      initial: { type: "text", of: "currency", by: "first" },
    },
  } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof table>,
      | "fact_trip.note: can be NULL: set nullable: true"
      | "fact_trip.country: can be NULL: set nullable: true"
      | "fact_trip.initial: can be NULL: set nullable: true"
    >
  >();
  for (const name of ["note", "country", "initial"] as const) {
    const { id, [name]: column } = table.columns;
    const one: DimensionSpec = {
      ...table,
      join: name === "country" ? table.join : undefined,
      columns: { id, [name]: column },
    };
    assertStringIncludes(found(one)!, `fact_trip.${name}: `);
    assertStringIncludes(found(one)!, "can be NULL, the column cannot. next: set `nullable: true`");
  }
});

Deno.test("a part needs a date or timestamp, a time of day a timestamp", () => {
  const table = {
    ...trips,
    columns: {
      id,
      year: { type: "integer", of: "currency", part: "year" },
      time: { type: "time", of: "day", part: "time" },
      both: { type: "integer", of: "at", part: "year", by: "length" },
    },
  } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof table>,
      | "fact_trip.year: text has no year"
      | "fact_trip.time: text has no time"
      | "fact_trip.both: has both part and by"
    >
  >();
  const { year, time, both } = table.columns;
  assertStringIncludes(
    found({ ...table, columns: { id, year } })!,
    "fact_trip.year: currency is text, which has no year",
  );
  assertStringIncludes(
    found({ ...table, columns: { id, time } })!,
    "fact_trip.time: day is a date as text, which has no time",
  );
  assertStringIncludes(
    found({ ...table, columns: { id, both } })!,
    "fact_trip.both: has both `part` and `by`",
  );
});

Deno.test("a function must exist, take the column's type and return the other", () => {
  const table = {
    ...trips,
    columns: {
      id,
      a: { type: "text", of: "currency", by: "lenght" },
      b: { type: "integer", of: "at", by: "length" },
      c: { type: "text", of: "currency", by: "length" },
      d: { type: "boolean", of: "currency", by: "wrong" },
    },
  } as const satisfies DimensionSpec;
  holds<
    Equal<
      Found<typeof table>,
      | "fact_trip.a: the model has no function lenght"
      | "fact_trip.b: length takes text, not timestamp"
      | "fact_trip.c: integer cannot become text: name a function in by"
      | "fact_trip.d: wrong does not return boolean"
    >
  >();
  const { a, b, c } = table.columns;
  assertEquals(
    found({ ...table, columns: { id, a } }),
    "fact_trip.a: the model has no function lenght. " +
      "next: add it to `functions` of the model (length, first, wrong)",
  );
  assertStringIncludes(
    found({ ...table, columns: { id, b } })!,
    "fact_trip.b: at is timestamp, but length takes text",
  );
  assertStringIncludes(
    found({ ...table, columns: { id, c } })!,
    "fact_trip.c: length is integer, the column text",
  );
});

Deno.test("the key must be that of the source row, because tombstones carry it", () => {
  const table = {
    ...trips,
    columns: { id: { type: "integer", of: "from_id" } },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof table>, 'fact_trip.id: the key must be that of trip, of: "id"'>>();
  assertEquals(
    found(table),
    "fact_trip.id: the key must be that of trip: deleted rows are found by it. " +
      'next: write of: "id"',
  );
});

Deno.test("a calendar is made of its key", () => {
  const calendar = {
    name: "dim_day",
    kind: "calendar",
    key: "day",
    columns: {
      day: { type: "date" },
      year: { type: "integer", of: "day", part: "year" },
      week: { type: "integer" },
    },
  } as const satisfies WarehouseTableSpec;
  holds<Equal<Found<typeof calendar>, "dim_day.week: dim_day has no column week">>();
  assertStringIncludes(found(calendar)!, "dim_day.week: dim_day has no column week");
  const { year } = calendar.columns;
  const text = { ...calendar, columns: { day: { type: "text" }, year } } as const;
  assertStringIncludes(found(text)!, "dim_day.day: the key of a calendar is a date");
});

Deno.test("a row function takes the source's rows and returns the table's", () => {
  const table = {
    ...trips,
    join: { start: "from_id" },
    columns: { id, label: { type: "text" } },
    row: {
      version: 1,
      make: ({ id, note }: Row<typeof trip>, { start }: { start: Row<typeof city> }) =>
        note === null ? null : { id, label: `${note} ${start.name}` },
    },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof table>, never>>();
  assertEquals(found(table), undefined);
  const problem = "fact_trip: its row function does not make its rows of those of trip";
  const incomplete = {
    ...table,
    row: { version: 1, make: ({ id }: Row<typeof trip>) => ({ id }) },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof incomplete>, typeof problem>>();
  const ofCities = {
    ...table,
    row: { version: 1, make: ({ id, name }: Row<typeof city>) => ({ id, label: name }) },
  } as const satisfies DimensionSpec;
  holds<Equal<Found<typeof ofCities>, typeof problem>>();
});

Deno.test("a row function leaves no room for origins, and a join without a use is refused", () => {
  const row = { version: 1, make: () => null };
  const table: DimensionSpec = {
    ...trips,
    row,
    columns: { id, at: { type: "date", part: "date" } },
  };
  assertStringIncludes(found(table)!, "fact_trip.at: the table has a `row` function");
  assertEquals(found({ ...table, join: { start: "from_id" }, columns: { id } }), undefined);
  const unused: DimensionSpec = { ...trips, join: { start: "from_id" }, columns: { id } };
  assertStringIncludes(found(unused)!, "fact_trip: no column comes from the join start");
  const keyless: DimensionSpec = { ...trips, key: "no", columns: { id } };
  assertStringIncludes(found(keyless)!, "fact_trip: its key no is no column of it");
});

Deno.test("checkModel() remembers only models without a mistake", () => {
  const model: Model = {
    source: [trip],
    warehouse: [{ ...trips, columns: { id, b: { type: "text" } } }],
  };
  for (const _ of [1, 2]) assertThrows(() => checkModel(model), ConfigurationError, "fact_trip.b");
});

const sale = {
  name: "fact_sale",
  kind: "fact",
  surrogate: "record_id",
  key: "id",
  from: "trip",
  columns: {
    id: { type: "integer" },
    day: { type: "date" },
    place: { type: "integer", of: "from_id", references: "dim_city" },
    currency: { type: "text" },
  },
} as const;

const dimCity = {
  name: "dim_city",
  kind: "dimension",
  key: "id",
  from: "city",
  columns: { id: { type: "integer" }, name: { type: "text" }, population: { type: "bigint" } },
} as const satisfies DimensionSpec;

type FoundInSale<T extends WarehouseTableSpec> = Problems<
  T | typeof dimCity,
  typeof country | typeof city | typeof trip,
  typeof functions
>;

Deno.test("amounts to convert, their currency and their date must be columns of the right type", () => {
  const good = {
    ...sale,
    convert: { amounts: ["id"], currency: "place.name", on: "day" },
  } as const satisfies FactSpec;
  holds<Equal<FoundInSale<typeof good>, never>>();
  const own = { ...good, convert: { ...good.convert, currency: "currency" } } as const;
  holds<Equal<FoundInSale<typeof own>, never>>();
  const bad = {
    ...sale,
    convert: { amounts: ["prise", "currency"], currency: "place.code", on: "place" },
  } as const satisfies FactSpec;
  holds<
    Equal<
      FoundInSale<typeof bad>,
      | "fact_sale.convert: fact_sale has no column prise"
      | "fact_sale.convert: currency is no number"
      | "fact_sale.convert: dim_city has no column code"
      | "fact_sale.convert: place is no date"
    >
  >();
  const loose = {
    ...sale,
    convert: { amounts: ["id"], currency: "currency.name", on: "day" },
  } as const satisfies FactSpec;
  holds<
    Equal<FoundInSale<typeof loose>, "fact_sale.convert: currency references no table">
  >();
  const problemOf = (convert: FactSpec["convert"]) => found({ ...sale, convert }, [dimCity]);
  assertEquals(problemOf(good.convert), undefined);
  assertEquals(problemOf(own.convert), undefined);
  assertEquals(
    problemOf({ ...good.convert, amounts: ["prise"] }),
    "fact_sale: convert: fact_sale has no column prise. " +
      "next: name one of: id, day, place, currency",
  );
  assertStringIncludes(
    problemOf({ ...good.convert, amounts: ["currency"] })!,
    "convert: currency is text, not integer or bigint or numeric",
  );
  assertStringIncludes(
    problemOf({ ...good.convert, currency: "place.code" })!,
    "convert: dim_city has no column code",
  );
  assertStringIncludes(
    problemOf({ ...good.convert, currency: "currency.name" })!,
    "convert: currency references no table",
  );
  assertStringIncludes(problemOf({ ...good.convert, on: "place" })!, "place is integer, not date");
});

Deno.test("a fact cannot have a column that the view of its converted amounts adds", () => {
  const table: FactSpec = {
    ...sale,
    columns: { ...sale.columns, rate: { type: "integer", of: "id" } },
    convert: { amounts: ["id"], currency: "currency", on: "day" },
  };
  assertStringIncludes(found(table, [dimCity])!, "the view adds a column rate");
});
