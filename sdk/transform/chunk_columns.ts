/**
 * Compiles the mapping of a warehouse table into functions from a chunk of source rows to columns. A row
 * that they are not sure about is marked as odd; the row-wise transform then decides.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { DerivedTable, SourceTableSpec } from "../../schemas/table.ts";
import { columnBuilder } from "../columns/builder.ts";
import { codecOf, nullFinder } from "../columns/codecs.ts";
import type { Column } from "../columns/column.ts";
import type { Fields } from "../columns/fields.ts";
import { gather } from "../columns/gather.ts";
import { type TimestampParts, timestampParts } from "../columns/types/timestamp.ts";
import { resolveColumns, type ResolvedColumn } from "../derive/resolve_columns.ts";
import type { ResolvedJoin } from "../derive/resolve_joins.ts";
import { sourceTable } from "../derive/source_table.ts";
import { NO_ROW, type ParentRows } from "./parent_rows.ts";
import { converter } from "./row_transform.ts";

/** The rows of source tables that others are joined with, by table. */
export type Parents = ReadonlyMap<string, ParentRows>;

/** Returns something of a chunk, and marks the rows in `fields.odd` that it is not sure about. */
type Of<T> = (chunk: { readonly fields: Fields }) => T;

/**
 * Returns a function that makes the columns of a warehouse table from a chunk, in the table's order. They
 * are valid until its next call.
 */
export function chunkColumns(table: DerivedTable, model: Model, parents: Parents): Of<Column[]> {
  const resolved = resolveColumns(table, model);
  const from = new OwnColumns(sourceTable(model, table.from));
  const places = joinedPlaces(from, resolved.flatMap(({ joins }) => joins), parents);
  const makers = resolved.map((column) =>
    column.joins.length === 0
      ? ownColumn(column, from)
      : joinedColumn(column, parents, places.get(column.joins.at(-1)!.path)!)
  );
  const validators = from.validators();
  return (chunk) => {
    for (const validate of validators) validate(chunk);
    return makers.map((make) => make(chunk));
  };
}

/** Decodes the columns of the source table itself, each at most once per chunk and type. */
class OwnColumns {
  readonly #table: SourceTableSpec;
  readonly #names: readonly string[];
  readonly #decoders = new Map<string, Of<unknown>>();
  readonly #validated = new Set<string>();

  constructor(table: SourceTableSpec) {
    this.#table = table;
    this.#names = Object.keys(table.columns);
  }

  /** Returns the spec of a column. */
  spec(name: string): ColumnSpec {
    return this.#table.columns[name];
  }

  /** Decodes a column as a type that accepts only values of the column's own type. */
  decodeAs(name: string, spec: ColumnSpec): Of<Column> {
    this.#validated.add(name);
    const { nullable } = this.spec(name);
    return this.#remember(`${name} ${JSON.stringify(spec)}`, () => {
      const codec = codecOf({ ...spec, nullable });
      const place = this.#names.indexOf(name);
      return ({ fields }) => codec.decode(fields, place, fields.odd);
    });
  }

  /** Decodes a column as its own type. */
  decode(name: string): Of<Column> {
    return this.decodeAs(name, this.spec(name));
  }

  /** Decodes a timestamp into its date and time. */
  timestampParts(name: string): Of<TimestampParts> {
    this.#validated.add(name);
    const place = this.#names.indexOf(name);
    const findNulls = nullFinder(this.spec(name));
    const read = timestampParts();
    return this.#remember(
      `${name} parts`,
      () => ({ fields }) => read(fields, place, fields.odd, findNulls(fields, place, fields.odd)),
    );
  }

  /** Returns functions that validate the columns that nothing else decodes. */
  validators(): Of<Column>[] {
    return this.#names.filter((name) => !this.#validated.has(name)).map((name) =>
      this.decode(name)
    );
  }

  #remember<T>(key: string, create: () => Of<T>): Of<T> {
    let decoder = this.#decoders.get(key);
    if (!decoder) this.#decoders.set(key, decoder = perChunk(create()));
    return decoder as Of<T>;
  }
}

/** Returns a function that computes its result once per chunk. */
function perChunk<T>(make: Of<T>): Of<T> {
  let last: object | undefined;
  let result: T;
  return (chunk) => {
    if (chunk !== last) {
      result = make(chunk);
      last = chunk;
    }
    return result;
  };
}

/** Makes a column from a column of the source table itself. */
function ownColumn(resolved: ResolvedColumn, from: OwnColumns): Of<Column> {
  const { column, columnSpec, spec, part, by } = resolved;
  if (columnSpec.type === "timestamp" && (part === "date" || part === "time")) {
    const parts = from.timestampParts(column);
    return (chunk) => part === "date" ? parts(chunk).days : parts(chunk).time;
  }
  if (part !== undefined || by !== undefined) {
    const decode = from.decode(column);
    const map = mapping(resolved);
    return (chunk) => map(decode(chunk), chunk.fields.rows, chunk.fields.odd);
  }
  const decodeTarget = from.decodeAs(column, spec);
  if (!isWider(spec, columnSpec)) return decodeTarget;
  const validate = from.decode(column);
  return (chunk) => {
    validate(chunk);
    return decodeTarget(chunk);
  };
}

/** Returns whether a type accepts text that is no value of the other type. */
function isWider(spec: ColumnSpec, of: ColumnSpec): boolean {
  return spec.type !== of.type && !(spec.type === "date" && of.type === "text");
}

/** Makes a column from a column of joined rows, whose values are made once per batch. */
function joinedColumn(
  resolved: ResolvedColumn,
  parents: Parents,
  places: Of<Int32Array>,
): Of<Column> {
  const parent = parents.get(resolved.source.name)!;
  const invalid = new Uint8Array(parent.rows);
  const column = mapping(resolved)(parent.column(resolved.column), parent.rows, invalid);
  return (chunk) => {
    const { rows, odd } = chunk.fields;
    const of = places(chunk);
    for (let row = 0; row < rows; row++) if (of[row] >= 0 && invalid[of[row]] === 1) odd[row] = 1;
    return gather(column, of, rows);
  };
}

/**
 * Returns, by path, functions that find the place of the joined row of each row of a chunk. A row whose
 * reference has no valid row is odd.
 */
function joinedPlaces(
  from: OwnColumns,
  joins: readonly ResolvedJoin[],
  parents: Parents,
): ReadonlyMap<string, Of<Int32Array>> {
  const places = new Map<string, Of<Int32Array>>();
  for (const { path, base, child, column, parent } of joins) {
    if (places.has(path)) continue;
    const rows = parents.get(parent.name)!;
    const find = base === ""
      ? ownPlaces(from, column, rows)
      : nextPlaces(places.get(base)!, parents.get(child.name)!.references(column, rows));
    places.set(path, perChunk(find));
  }
  return places;
}

function ownPlaces(from: OwnColumns, column: string, parent: ParentRows): Of<Int32Array> {
  const decode = from.decode(column);
  const codec = codecOf(from.spec(column));
  return (chunk) => {
    const { rows, odd } = chunk.fields;
    const places = parent.placesOf(decode(chunk), codec, rows);
    for (let row = 0; row < rows; row++) if (places[row] === NO_ROW) odd[row] = 1;
    return places;
  };
}

/** Follows a reference of joined rows: `next` has the place for each of them. */
function nextPlaces(base: Of<Int32Array>, next: Int32Array): Of<Int32Array> {
  return (chunk) => {
    const { rows, odd } = chunk.fields;
    const places = new Int32Array(rows);
    const before = base(chunk);
    for (let row = 0; row < rows; row++) {
      places[row] = before[row] < 0 ? before[row] : next[before[row]];
      if (places[row] === NO_ROW) odd[row] = 1;
    }
    return places;
  };
}

/** Values that a column's mapping has made. More are made again: a column can have many. */
const MAX_REMEMBERED = 10_000;

/** Returns a function that converts the values of a column one by one, each distinct value once. */
function mapping(
  resolved: ResolvedColumn,
): (column: Column, rows: number, odd: Uint8Array) => Column {
  const { spec, columnSpec } = resolved;
  const convert = converter(resolved);
  if (!convert && !isOtherNumeric(spec, columnSpec)) return (column) => column;
  const codec = codecOf(columnSpec);
  const valueOf = remembered((value) => value === null || !convert ? value : convert(value));
  // A row that turns out to be odd gets a NULL, which nobody reads.
  const builder = columnBuilder({ ...spec, nullable: true });
  return (column, rows, odd) => {
    builder.reset();
    for (let row = 0; row < rows; row++) {
      try {
        builder.appendValue(odd[row] === 1 ? null : valueOf(codec.valueAt(column, row)));
      } catch {
        // The row-wise transform throws again, with the row's name.
        odd[row] = 1;
        builder.appendValue(null);
      }
    }
    return builder.finish();
  };
}

/** Returns whether decimals are stored in another form because they have another size. */
function isOtherNumeric(spec: ColumnSpec, of: ColumnSpec): boolean {
  return spec.type === "numeric" && of.type === "numeric" &&
    (spec.precision !== of.precision || spec.scale !== of.scale);
}

function remembered(make: (value: Value) => Value): (value: Value) => Value {
  const made = new Map<Value, Value>();
  return (value) => {
    let result = made.get(value);
    if (result === undefined) {
      if (made.size === MAX_REMEMBERED) made.clear();
      made.set(value, result = make(value));
    }
    return result;
  };
}
