/**
 * A tool that copies a table from one Postgres to another, as the comparison sees it.
 *
 * @module
 */
import type { MeasuredCommand } from "../measure/measured_command.ts";

/** A tool with its settings. */
export interface Peer {
  /** Its name, version and settings. */
  readonly name: string;
  /** The packages to install from PyPI, with exact versions; none for this repository. */
  readonly packages: readonly string[];
  /** The table that it fills, as SQL. */
  readonly table: string;
  /** The columns of that table which hold those of the source, as SQL, in the order of {@linkcode COLUMNS}. */
  readonly columns: string;
  /** Whether it reads the source's write-ahead log, which has to be kept for it (`wal_level=logical`). */
  readonly readsLog?: boolean;
  /** Returns the command that copies what is new. */
  command(place: Place, isFirst: boolean): MeasuredCommand | Promise<MeasuredCommand>;
  /** Returns the command that finds what a run cannot, if there is one, and how often it runs. */
  readonly repair?: { readonly name: string; command(place: Place): MeasuredCommand };
  /** Returns whether the tool reports that it refused a row. */
  refuses?(place: Place, key: number): Promise<boolean>;
}

/** Where a tool works. */
export interface Place {
  /** URL of the database with the source's table. */
  readonly source: string;
  /** URL of the database to fill. */
  readonly destination: string;
  /** A folder for the tool's state, emptied before a first load. */
  readonly folder: string;
  /** The virtual environment with the tool's packages. */
  readonly home: string;
}

/** The source's columns, written so that equal values have equal text in every tool's types. */
export const COLUMNS =
  "sales_order_id, created_at::timestamp, last_updated::timestamp, design_id, staff_id, " +
  "counterparty_id, units_sold, trim_scale(unit_price::numeric), currency_id, " +
  "agreed_delivery_date::text, agreed_payment_date::text, agreed_delivery_location_id";

/** The table that every tool copies. */
export const TABLE = "sales_order";
/** Its key. */
export const KEY = "sales_order_id";
/** The column that tools use as their watermark. */
export const WATERMARK = "last_updated";

/** Returns a URL with a password, which some tools insist on. The server accepts any. */
export function withPassword(url: string): string {
  const address = new URL(url);
  address.password = "any";
  return address.href;
}
