import type { Connection, QueryRow } from "./connection.ts";
import { identifier } from "./sql.ts";
import type { Statement } from "./statement.ts";

/** A column in the database's catalog. */
export interface CatalogColumn {
  /** The column's name. */
  readonly name: string;
  /** The column's type; for a domain, its base type: `numeric(10,2)`. */
  readonly type: string;
  /** The type without length or precision: `numeric`. */
  readonly baseType: string;
  /** Whether the column allows NULL. */
  readonly nullable: boolean;
}

/** A table in the database's catalog. */
export interface CatalogTable {
  /** The table's name. */
  readonly name: string;
  /** The kind, as in `pg_class.relkind`: `r` a table, `p` a partitioned one, `v` a view. */
  readonly kind: string;
  /** Whether the role can read it. */
  readonly readable: boolean;
  /** Whether a row security policy applies to the role. */
  readonly row_security: boolean;
  /** The columns, in order. */
  readonly columns: readonly CatalogColumn[];
  /** The columns of the primary key, or null. */
  readonly primary_key: readonly string[] | null;
  /** The columns that have a unique index. */
  readonly unique: readonly string[];
  /** Whether other tables inherit from it: its rows include theirs, its keys do not. */
  readonly inherited: boolean;
}

/** The catalog entries of some tables, and the names of the other tables. */
export interface Catalog {
  /** The role of the connection. */
  readonly role: string;
  /** The tables that exist. */
  readonly tables: readonly CatalogTable[];
  /** The other tables in the same schemas. */
  readonly others: readonly string[];
}

/** Reads the catalog entries of these tables, found along the `search_path`. */
export async function readCatalog(
  connection: Connection,
  names: readonly string[],
): Promise<Catalog> {
  const { text, values } = catalogStatement(names);
  const [catalog] = await connection.query<Catalog & QueryRow>(text, values);
  return catalog;
}

/**
 * Returns the statement that selects the {@linkcode Catalog} of these tables, in one row.
 *
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */
export function catalogStatement(names: readonly string[]): Statement {
  const wanted = names.map((name) => ({ name, quoted: identifier(name) }));
  return { text: CATALOG, values: [JSON.stringify(wanted)] };
}

/** `indkey` is a vector of column numbers, with zeros for expressions. */
const CATALOG = `WITH wanted AS MATERIALIZED (
  SELECT w.name, c.oid, c.relnamespace, c.relkind
  FROM jsonb_to_recordset($1::text::jsonb) AS w(name text, quoted text)
  JOIN pg_class c ON c.oid = to_regclass(w.quoted)
), tables AS (
  SELECT name, relkind AS kind,
    has_table_privilege(oid, 'SELECT') AS readable,
    row_security_active(oid) AS row_security,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', attname,
        'type', CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod)
          ELSE format_type(atttypid, atttypmod) END,
        'baseType', CASE typtype WHEN 'd' THEN format_type(typbasetype, NULL)
          ELSE format_type(atttypid, NULL) END,
        'nullable', NOT (attnotnull OR typnotnull)) ORDER BY attnum), '[]')
      FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
      WHERE attrelid = wanted.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    (SELECT jsonb_agg(attname ORDER BY array_position(indkey::int2[], attnum))
      FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
      WHERE indrelid = wanted.oid AND indisprimary) AS primary_key,
    (SELECT coalesce(jsonb_agg(attname), '[]')
      FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
      WHERE indrelid = wanted.oid AND indisunique AND indisvalid AND indnkeyatts = 1
        AND indpred IS NULL AND indexprs IS NULL) AS "unique",
    relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = wanted.oid) AS inherited
  FROM wanted
), others AS (
  SELECT relname AS name FROM pg_class c
  WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace IN (SELECT relnamespace FROM wanted)
    AND oid NOT IN (SELECT oid FROM wanted)
    AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
)
SELECT current_user::text AS role,
  (SELECT coalesce(jsonb_agg(tables), '[]') FROM tables) AS tables,
  (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM others) AS others`;
