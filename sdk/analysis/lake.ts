/**
 * Reads the lake as typed rows: as they are now, as they were, and every version of a row.
 *
 * ```ts ignore
 * import { decimal, openLake } from "@totesys/sdk";
 * import { factSalesOrder } from "@totesys/sdk/schemas";
 *
 * const lake = openLake("s3://my-bucket");
 * const orders = await lake.read(factSalesOrder, { asOf: "2026-11-01T00:00:00Z" }).all();
 * decimal.sum(orders.map(({ unit_price, units_sold }) => decimal.multiply(unit_price, units_sold)));
 * ```
 *
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import { type Model, totesys } from "../../schemas/model.ts";
import type { AnyRow, WarehouseTableSpec } from "../../schemas/table.ts";
import { VALID_FROM } from "../derive/ddl.ts";
import { everyTable, sourceModel, sourceNames } from "../derive/source_model.ts";
import { ConfigurationError } from "../errors.ts";
import { ownEntry } from "../lake/commit.ts";
import { openStore } from "../lake/open_store.ts";
import type { ObjectStore } from "../lake/store.ts";
import { subStore } from "../lake/sub_store.ts";
import { commitsInOrder, type SourceCommit } from "./commits.ts";
import { duckdbView } from "./duckdb_view.ts";
import { foldLake } from "./fold/fold_lake.ts";
import { keyOf } from "./fold/keys.ts";
import { readVersions } from "./fold/read_versions.ts";
import { foundRows, VersionsAt, VersionsOf } from "./fold/versions.ts";
import { instantOf } from "./instant.ts";
import { type RefusedRow, refusedRows, type SourceDocument, sourceDocuments } from "./quality.ts";
import { integersOf, type TableRow, type TableRows, tableRows, type Version } from "./rows.ts";

/** The zones of a lake, each as a store or its URL. */
export interface LakeZones {
  /** The processed zone: rows of the warehouse. */
  readonly processed: ObjectStore | string;
  /** The ingestion zone. Only documents are read from it. */
  readonly ingestion?: ObjectStore | string;
}

/** How to open a lake. */
export interface OpenLakeOptions {
  /** The tables. Default: totesys. */
  readonly model?: Model;
}

/** Which rows of the lake to read. */
export interface ReadLakeOptions {
  /** Reads the rows as they were at this time: a `Date`, or RFC 3339 with an offset. Default: now. */
  readonly asOf?: string | Date;
}

/** What the lake has of a table. */
export interface LakeTable {
  /** The table's name. */
  readonly name: string;
  /** What it is: a fact, a dimension or the calendar. */
  readonly kind: WarehouseTableSpec["kind"];
  /** The source that its rows are made from. The calendar has rows of every source. */
  readonly source: string;
  /** Commits with rows of the table. */
  readonly commits: number;
  /** Rows in these commits. A row counts once for each commit that contains it. */
  readonly rows: number;
  /** Size of their objects. */
  readonly bytes: number;
  /** Time of the snapshot of the last of them; null if there are none. */
  readonly changed_at: string | null;
}

/** A lake that is open for reading. */
export interface Lake {
  /**
   * Returns the tables of the model with what the lake has of each.
   *
   * @throws {LakeError} when the lake cannot be read.
   */
  tables(): Promise<LakeTable[]>;
  /**
   * Yields the commits of every source, or those with rows of a table, by the time of their snapshots.
   *
   * @throws {LakeError} when the lake cannot be read.
   */
  commits(table?: WarehouseTableSpec): AsyncIterable<SourceCommit>;
  /**
   * Returns the rows of a table: those that the warehouse shows as of that time, without surrogate keys. A
   * dimension has no rows that were deleted in the source. Nothing is read before the rows are used. Then
   * the keys of all rows are in memory (about 100 bytes for each), and one row group of at most 65,536 rows.
   *
   * A row that refers to a missing row is not in the warehouse, and not here. Only when it waits for a row
   * of another source, and the pipeline loaded commits in another order than that of their snapshots, can
   * its versions differ from those in the warehouse.
   *
   * @throws {ConfigurationError} when `asOf` is not an instant, or the model does not have the table.
   * @throws {DamagedObjectError} when an object is damaged and no later commit has its rows.
   * @throws {LakeError} when the lake cannot be read.
   */
  read<const T extends WarehouseTableSpec>(
    table: T,
    options?: ReadLakeOptions,
  ): TableRows<LakeRow<T>>;
  /**
   * Returns every version of a row, oldest first, also of a dimension. Throws what {@linkcode Lake.read}
   * throws.
   */
  history<const T extends WarehouseTableSpec>(table: T, key: Value): Promise<Version<T>[]>;
  /**
   * Yields the rows that were refused, of a table or of all, in the order of the commits. A row that
   * several commits refused is yielded for each of them, also if it was corrected since.
   *
   * @throws {LakeError} when the lake cannot be read.
   */
  refusedRows(table?: WarehouseTableSpec): AsyncIterable<RefusedRow>;
  /**
   * Yields the documents that sources other than the database delivered: the answers of an API, and files.
   *
   * @throws {ConfigurationError} when the lake was opened without its ingestion zone.
   * @throws {LakeError} when the lake cannot be read.
   */
  documents(): AsyncIterable<SourceDocument>;
  /**
   * Returns SQL for DuckDB that creates a view of a table's rows as of a time. The view reads the Parquet
   * objects of the commits until now: create it again to see later ones. Unlike {@linkcode Lake.read}, it
   * shows rows that wait for a row they refer to, and a numeric without a precision as `DECIMAL(38,18)`
   * with a second column `<name>_exact`.
   *
   * @throws {ConfigurationError} when `asOf` is not an instant, or the model does not have the table.
   * @throws {LakeError} when the log cannot be read.
   */
  duckdbView(table: WarehouseTableSpec, options?: DuckdbOptions): Promise<string>;
}

/** What {@linkcode Lake.duckdbView} shows. */
export interface DuckdbOptions extends ReadLakeOptions {
  /** The name of the view. Default: that of the table. */
  readonly name?: string;
}

/** A row of the lake, with the time from which its version is valid (RFC 3339, UTC). */
export type LakeRow<T extends WarehouseTableSpec> = TableRow<T> & { readonly valid_from: string };

/**
 * Opens a lake for reading. A URL is that of a folder or bucket with the zones `ingestion` and `processed`.
 * Nothing is read until it is used.
 *
 * @throws {ConfigurationError} when a URL is malformed.
 */
export function openLake(
  lake: string | LakeZones,
  { model = totesys }: OpenLakeOptions = {},
): Lake {
  const { processed, ingestion } = zonesOf(lake);
  const fold = <V extends VersionsAt | VersionsOf>(
    table: WarehouseTableSpec,
    versions: () => V,
    until?: string,
  ) => foldLake({ processed, model, table, versions, until });
  return {
    tables: () => lakeTables(processed, model),
    async *commits(table) {
      if (table) requireTable(model, table);
      for await (const commit of commitsInOrder(processed, sourceNames(model))) {
        if (!table || hasObject(commit, table.name)) yield commit;
      }
    },
    read<T extends WarehouseTableSpec>(spec: T, { asOf }: ReadLakeOptions = {}) {
      const table = requireTable(model, spec);
      const until = asOf === undefined ? undefined : instantOf(asOf);
      const batches = async function* () {
        const { versions, objects } = await fold(table, () => new VersionsAt(until), until);
        const found = versions.found();
        for await (const { rows, place } of readVersions(table, objects, found)) {
          rows.forEach((row, i) => row[VALID_FROM] = found.from(place + i));
          yield rows as unknown as LakeRow<T>[];
        }
      };
      return tableRows([...Object.keys(table.columns), VALID_FROM], integersOf(table), batches);
    },
    async history<T extends WarehouseTableSpec>(spec: T, value: Value) {
      const table = requireTable(model, spec);
      const key = keyOf(String(value), table.columns[table.key]);
      if (key === undefined) return [];
      const { versions, objects } = await fold(table, () => new VersionsOf(key));
      const found = foundRows(versions.found);
      const history: AnyRow[] = [];
      for await (const { rows, place } of readVersions(table, objects, found)) {
        rows.forEach((row, i) => {
          const { from, to } = versions.found[place + i];
          history.push({ ...row, valid_from: from, valid_to: to });
        });
      }
      return history as unknown as Version<T>[];
    },
    refusedRows(spec) {
      const tables = spec ? [requireTable(model, spec)] : everyTable(model);
      const commits = commitsInOrder(processed, sourceNames(model));
      return refusedRows(processed, commits, tables.map(({ name }) => name));
    },
    documents() {
      if (ingestion) return sourceDocuments(ingestion, model);
      throw new ConfigurationError("the lake was opened without its ingestion zone", {
        stage: "configuration",
        next: "pass `ingestion` to openLake()",
      });
    },
    async duckdbView(spec, { asOf, name = spec.name } = {}) {
      const table = requireTable(model, spec);
      const until = asOf === undefined ? undefined : instantOf(asOf);
      const commits = commitsUntil(commitsInOrder(processed, sourceNames(model)), until);
      return await duckdbView({ processed, table, name, commits });
    },
  };
}

function zonesOf(lake: string | LakeZones): { processed: ObjectStore; ingestion?: ObjectStore } {
  if (typeof lake === "string") {
    const root = openStore(lake);
    return { processed: subStore(root, "processed"), ingestion: subStore(root, "ingestion") };
  }
  const open = (zone: ObjectStore | string) => typeof zone === "string" ? openStore(zone) : zone;
  return {
    processed: open(lake.processed),
    ingestion: lake.ingestion === undefined ? undefined : open(lake.ingestion),
  };
}

function requireTable(model: Model, { name }: WarehouseTableSpec): WarehouseTableSpec {
  const tables = everyTable(model);
  const found = tables.find((table) => table.name === name);
  if (found) return found;
  throw new ConfigurationError(`the model has no warehouse table ${name}`, {
    stage: "configuration",
    next: `name one of: ${tables.map(({ name }) => name).join(", ")}`,
  });
}

async function* commitsUntil(
  commits: AsyncIterable<SourceCommit>,
  until: string | undefined,
): AsyncGenerator<SourceCommit> {
  for await (const commit of commits) {
    if (until !== undefined && commit.taken_at > until) return;
    yield commit;
  }
}

function hasObject({ tables, deleted, quarantined }: SourceCommit, table: string): boolean {
  return [tables, deleted, quarantined].some((record) =>
    ownEntry<unknown>(record, table) !== undefined
  );
}

async function lakeTables(processed: ObjectStore, model: Model): Promise<LakeTable[]> {
  const found = new Map<string, Omit<LakeTable, "kind" | "source">>();
  for await (const { tables, taken_at } of commitsInOrder(processed, sourceNames(model))) {
    for (const [name, object] of Object.entries(tables)) {
      const { commits = 0, rows = 0, bytes = 0 } = found.get(name) ?? {};
      found.set(name, {
        name,
        commits: commits + 1,
        rows: rows + object.rows,
        bytes: bytes + object.bytes,
        changed_at: taken_at,
      });
    }
  }
  return sourceNames(model).flatMap((source) =>
    tablesOf(model, source).map((table): LakeTable => {
      const { name, kind } = table;
      const none = { name, commits: 0, rows: 0, bytes: 0, changed_at: null };
      return { ...none, ...found.get(name), kind, source };
    })
  );
}

/** Returns the tables of a source; the calendar is one of the database. */
function tablesOf(model: Model, source: string): readonly WarehouseTableSpec[] {
  const calendars = new Set(model.warehouse.filter(({ kind }) => kind === "calendar"));
  const { warehouse } = sourceModel(model, source);
  return warehouse.filter((table) =>
    source === sourceNames(model)[0] || !calendars.has(table as never)
  );
}
