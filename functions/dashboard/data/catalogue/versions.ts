import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { VALID_FROM, VALID_TO } from "../../../../sdk/derive/ddl.ts";
import { EtlError } from "../../../../sdk/errors.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import { ask } from "../operations/ask.ts";
import type { Warehouse } from "../warehouse.ts";

/** A version of a row of a fact. */
export interface RowVersion {
  /** The surrogate key. */
  readonly version: string;
  /** When it began: RFC 3339, UTC, microseconds. */
  readonly valid_from: string;
  /** When it ended, in the same form; null while it is current. */
  readonly valid_to: string | null;
  /** The values as text, by column. Personal columns are left out. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** Versions that are read: a row that changes every minute has many. */
export const MOST_VERSIONS = 200;

/** Errors of values that no column of the type holds: text for a number, a number that is too large. */
const INVALID_VALUE = /^22/;

/** Returns the columns of a fact whose values are shown: the spec's, without personal ones. */
function shownColumns({ columns }: CatalogueTable): string[] {
  return columns.filter(({ lineage, personal }) => lineage !== undefined && !personal)
    .map(({ name }) => name);
}

/**
 * Reads the versions of one row of a fact, the newest first, at most {@linkcode MOST_VERSIONS}; none for a
 * key that no row has had.
 */
export async function readVersions(
  warehouse: Warehouse,
  fact: CatalogueTable,
  key: string,
): Promise<RowVersion[]> {
  const shown = shownColumns(fact);
  const surrogate = fact.columns.find(({ key }) => key === "primary")!.name;
  const { type } = fact.columns.find(({ name }) => name === fact.key)!;
  const text = `SELECT ${identifier(surrogate)}::text AS version,
  ${micros(VALID_FROM)} AS valid_from, ${micros(VALID_TO)} AS valid_to,
  to_jsonb(ARRAY[${shown.map((name) => `${identifier(name)}::text`)}]) AS cells
FROM ${identifier(`${fact.name}_versions`)} v
WHERE ${identifier(fact.key)} = $1::text::${type}
ORDER BY v.${VALID_FROM} DESC, v.${identifier(surrogate)} DESC LIMIT ${MOST_VERSIONS}`;
  const rows = await askFor<VersionRow>(warehouse, text, key);
  return rows.map(({ cells, ...version }) => ({
    ...version,
    values: Object.fromEntries(shown.map((name, place) => [name, cells[place]])),
  }));
}

interface VersionRow extends Omit<RowVersion, "values"> {
  readonly cells: (string | null)[];
}

function micros(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Runs a query for a key that comes from an address: it can be anything. */
async function askFor<Row>(warehouse: Warehouse, text: string, key: string): Promise<Row[]> {
  try {
    return await ask<Row>(warehouse, { text, values: [key] });
  } catch (error) {
    const cause = error instanceof EtlError
      ? error.cause as { code?: string } | undefined
      : undefined;
    if (INVALID_VALUE.test(cause?.code ?? "")) return [];
    throw error;
  }
}
