/**
 * What every page of the dashboard is made from.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { ObjectStore } from "../../sdk/mod.ts";
import type { Warehouse } from "./data/warehouse.ts";

/** The dashboard of one pipeline. */
export interface Dashboard {
  /** What the pages are titled with, as in `totesys`. */
  readonly name: string;
  /** The tables at both ends. */
  readonly model: Model;
  /** The warehouse, read-only. */
  readonly warehouse: Warehouse;
  /** The lake's ingestion zone, which also stores incidents. */
  readonly ingestion: ObjectStore;
  /** The currency that amounts are converted to, as in `GBP`. */
  readonly referenceCurrency: string;
  /** Milliseconds that the warehouse can be behind the database without an alert. */
  readonly freshness_ms: number;
  /** Milliseconds that each further source can be silent without an alert; null for no alert. */
  readonly sources: ReadonlyMap<string, number | null>;
  /** Rows that can be in quarantine without an alert. */
  readonly quarantine_rows: number;
  /** The clock. */
  readonly now: () => Date;
}
