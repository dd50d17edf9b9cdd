/**
 * Reads the warehouse as typed rows.
 *
 * ```ts ignore
 * import { openWarehouse } from "@totesys/sdk";
 * import { factSalesOrder } from "@totesys/sdk/schemas";
 *
 * await using warehouse = openWarehouse("postgres://…/warehouse");
 * for await (const order of warehouse.read(factSalesOrder, { where: { currency_id: 2 } })) {
 *   console.log(order.sales_order_id, order.unit_price); // money is text, and exact
 * }
 * ```
 *
 * @module
 */
import type { ColumnSpec, PresentValue, Value } from "../../schemas/columns.ts";
import type { ColumnType } from "../../schemas/origin.ts";
import type { DimensionSpec, FactSpec, Row, WarehouseTableSpec } from "../../schemas/table.ts";
import { DELETED_AT, sqlType, VALID_FROM, VALID_TO, versionsOf } from "../derive/ddl.ts";
import { ConfigurationError, WarehouseError } from "../errors.ts";
import { parseAddress } from "../postgres/address.ts";
import { encryptionOf } from "../postgres/encryption.ts";
import { acquireConnection, keepConnections } from "../postgres/kept_connections.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { fetchRows } from "./fetch_rows.ts";
import { instantOf } from "./instant.ts";
import { integersOf, type TableRow, type TableRows, tableRows, type Version } from "./rows.ts";
import { typedRows } from "./typed_rows.ts";

/** A row of the warehouse. A member of a dimension that was deleted in the source has `deleted_at`. */
export type WarehouseRow<T extends WarehouseTableSpec> =
  & TableRow<T>
  & (T extends DimensionSpec ? { readonly deleted_at: string | null } : unknown);

/** Conditions on columns, all of which must hold: a value, several of them, or null for NULL. */
export type Where<T extends WarehouseTableSpec> = {
  readonly [Name in keyof Row<T>]?: Row<T>[Name] | readonly NonNullable<Row<T>[Name]>[];
};

/** Which rows of the warehouse to read. */
export type ReadWarehouseOptions<T extends WarehouseTableSpec> =
  & {
    /** Reads only rows with these values. */
    readonly where?: Where<T>;
  }
  & (T extends FactSpec ? {
      /**
       * Reads the versions that were valid at this time instead of the current ones: a `Date`, or RFC 3339
       * with an offset. Only facts keep their versions.
       */
      readonly asOf?: string | Date;
    }
    : unknown);

/** The types of a query's columns, by name. */
export type QueryTypes = Readonly<Record<string, ColumnType>>;

/** A row of a query whose types are given. */
export type QueryTypesRow<Q extends QueryTypes> = {
  readonly [Name in keyof Q]: PresentValue<Extract<ColumnSpec, { type: Q[Name] }>> | null;
};

/** A value of a query's parameter. */
export type QueryValue = Value | bigint;

/** A warehouse that is open for reading. Dispose it to close its connections. */
export interface Warehouse extends AsyncDisposable {
  /**
   * Returns the rows of a table, without its surrogate key, in no particular order, as one snapshot shows
   * them. While you iterate, about a megabyte of them is in memory.
   *
   * @throws {ConfigurationError} when `asOf` is not an instant, or a column in `where` does not exist.
   * @throws {WarehouseError} when the warehouse cannot be read.
   */
  read<const T extends WarehouseTableSpec>(
    table: T,
    options?: ReadWarehouseOptions<T>,
  ): TableRows<WarehouseRow<T>>;
  /**
   * Returns every version of a fact's row, oldest first.
   *
   * @throws {WarehouseError} when the warehouse cannot be read.
   */
  history<const T extends FactSpec>(table: T, key: Value): Promise<Version<T>[]>;
  /**
   * Runs a query and returns its rows with the types that `types` asks for: `{ orders: "integer" }` makes
   * `count(*)` a number. Other columns are left out.
   *
   * @throws {WarehouseError} when the query fails, or a column is missing or has another type.
   */
  query<const Q extends QueryTypes>(
    sql: string,
    values: readonly QueryValue[],
    options: { readonly types: Q },
  ): Promise<QueryTypesRow<Q>[]>;
  /**
   * Runs a query and returns its rows. Values take the place of `$1`, `$2` and so on. Numerics, 64-bit
   * integers, dates and times are text.
   *
   * @throws {WarehouseError} when the query fails.
   */
  query<R extends object = Record<string, unknown>>(
    sql: string,
    values?: readonly QueryValue[],
  ): Promise<R[]>;
}

/** A safeguard only: the rights of the role decide. */
const READ_ONLY = { default_transaction_read_only: "on" };

const wrap = wrapError(WarehouseError, "cannot read the warehouse", { stage: "warehouse" });

/**
 * Opens a warehouse for reading. Any role that can read the star schema is enough. Nothing is connected
 * until it is used.
 *
 * @throws {ConfigurationError} when the URL is malformed, or its `sslmode` allows plain text.
 */
export function openWarehouse(url: string): Warehouse {
  encryptionOf(parseAddress(url));
  const connections = keepConnections();
  const query = async (text: string, values: readonly QueryValue[] = []) => {
    await using connection = acquireConnection(url, READ_ONLY);
    return await connection.query(text, values).catch(wrap);
  };
  return {
    read<T extends WarehouseTableSpec>(table: T, options: ReadWarehouseOptions<T> = {} as never) {
      const { where, asOf } = options as { where?: Conditions; asOf?: string | Date };
      const statement = selectRows(table, where ?? {}, asOf);
      return tableRows<WarehouseRow<T>>(
        readColumns(table),
        integersOf(table),
        () => fetchRows(() => acquireConnection(url, READ_ONLY), statement, wrap),
      );
    },
    async history<T extends FactSpec>(table: T, key: Value) {
      const columns = [...Object.keys(table.columns), VALID_FROM, VALID_TO].map(selected);
      const text = `SELECT ${columns.join(", ")} FROM ${identifier(versionsOf(table))} t
WHERE t.${identifier(table.key)} = $1 ORDER BY t.${VALID_FROM}`;
      return await query(text, [key]) as unknown as Version<T>[];
    },
    async query(text: string, values?: readonly QueryValue[], options?: { types: QueryTypes }) {
      const rows = await query(text, values);
      return (options ? typedRows(rows, options.types) : rows) as never[];
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}

type Conditions = Readonly<Record<string, Value | readonly Value[]>>;

/** The names of the columns that {@linkcode Warehouse.read} returns. */
function readColumns({ kind, columns }: WarehouseTableSpec): string[] {
  const extra = { fact: [VALID_FROM], dimension: [DELETED_AT], calendar: [] };
  return [...Object.keys(columns), ...extra[kind]];
}

function selectRows(
  table: WarehouseTableSpec,
  where: Conditions,
  asOf: string | Date | undefined,
): Statement {
  const values: unknown[] = [];
  const conditions = Object.entries(where).filter(([, value]) => value !== undefined)
    .map(([name, value]) => condition(table, name, value, values));
  let from = table.name;
  if (asOf !== undefined) {
    from = versionsName(table);
    const instant = `$${values.push(instantOf(asOf))}::timestamptz`;
    conditions.push(
      `t.${VALID_FROM} <= ${instant} AND (t.${VALID_TO} IS NULL OR t.${VALID_TO} > ${instant})`,
    );
  }
  const text = `SELECT ${readColumns(table).map(selected).join(", ")} FROM ${identifier(from)} t` +
    (conditions.length > 0 ? `\nWHERE ${conditions.join("\n  AND ")}` : "");
  return { text, values };
}

function versionsName(table: WarehouseTableSpec): string {
  if (table.kind === "fact") return versionsOf(table);
  throw new ConfigurationError(
    `${table.name} is no fact: the warehouse has only its current rows`,
    {
      stage: "configuration",
      next: "leave out asOf, or read the lake, which has every version",
    },
  );
}

const INSTANTS: readonly string[] = [VALID_FROM, VALID_TO, DELETED_AT];

/** A column of `t`. Instants have the form of the lake. */
function selected(name: string): string {
  const column = `t.${identifier(name)}`;
  if (!INSTANTS.includes(name)) return column;
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${name}`;
}

function condition(
  { name, columns }: WarehouseTableSpec,
  column: string,
  value: Value | readonly Value[],
  values: unknown[],
): string {
  if (!Object.hasOwn(columns, column)) {
    throw new ConfigurationError(`${name} has no column ${column}`, { stage: "configuration" });
  }
  const quoted = `t.${identifier(column)}`;
  if (value === null) return `${quoted} IS NULL`;
  if (!Array.isArray(value)) return `${quoted} = $${values.push(value)}`;
  const type = sqlType(columns[column]);
  const texts = `jsonb_array_elements_text($${values.push(JSON.stringify(value))}::text::jsonb)`;
  return `${quoted} IN (SELECT v.value::${type} FROM ${texts} AS v(value))`;
}
