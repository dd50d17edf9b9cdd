/**
 * Keeps a star-schema warehouse in sync with a Postgres database, through an immutable lake.
 *
 * Every stage is a function, and {@linkcode run} calls them all:
 *
 * ```ts ignore
 * import { openStore, run, verify } from "@totesys/sdk";
 *
 * const ends = { source: "postgres://…/totesys", warehouse: "postgres://…/warehouse" };
 * const ingestion = openStore("file:///var/lake/ingestion");
 * const processed = openStore("file:///var/lake/processed");
 * await run({ ...ends, ingestion, processed }); // extract, transform, load
 * (await verify(ends)).equal; // true
 * ```
 *
 * Where each column of the warehouse comes from is part of the model, a plain literal:
 *
 * ```ts
 * import { lineageOf, totesys } from "@totesys/sdk";
 *
 * const staff = totesys.warehouse.find(({ name }) => name === "dim_staff")!;
 * lineageOf(staff, totesys).department_name.columns; // ["department.department_name"]
 * ```
 *
 * @module
 */

// The pipeline: one call moves every change from the source to the warehouse.
export { run, type RunOptions, type RunResult } from "./operate/run.ts";
export type { PipelineOptions } from "./options.ts";
export { keepConnections } from "./postgres/kept_connections.ts";
export type { Progress, ProgressListener, Stage } from "./progress.ts";

// Its stages.
export {
  extract,
  type ExtractOptions,
  type ExtractOutcome,
  type ExtractResult,
} from "./extract/extract.ts";
export type { SchemaChange, SchemaChangeKind } from "./extract/schema_changes.ts";
export { transform, type TransformOptions, type TransformResult } from "./transform/transform.ts";
export { load, type LoadOptions, type LoadResult } from "./load/load.ts";
export type { WarehouseStatus } from "./load/warehouse_state.ts";

// Operating it.
export { type SourceStatus, type Status, status } from "./operate/status.ts";
export {
  type TableVerification,
  verify,
  type VerifyOptions,
  type VerifyResult,
} from "./operate/compare/verify.ts";
export type { Difference, DifferenceKind } from "./operate/compare/row_differences.ts";
export {
  reconcile,
  type ReconcileOptions,
  type ReconcileOutcome,
  type ReconcileResult,
  type ReconcileScope,
} from "./operate/compare/reconcile.ts";
export {
  replay,
  type ReplayOptions,
  type ReplayResult,
  type SourceReplay,
} from "./operate/replay/replay.ts";
export type { ReplayTarget } from "./operate/replay/target.ts";
export {
  type MissingObject,
  previewReplay,
  type ReplayAction,
  type ReplayPreview,
  type ReplayStep,
} from "./operate/replay/preview.ts";
export {
  listQuarantine,
  type QuarantineEntry,
  type QuarantineFilter,
} from "./operate/quarantine.ts";
export { recordRun, type RunFailure, type RunRecord } from "./operate/run_history.ts";
export { factsOfRun, type RunFacts, type RunOutcome } from "./operate/run_facts.ts";
export {
  readRuns,
  type RecordedChange,
  type RecordedRun,
  type RunFilter,
} from "./operate/recorded_runs.ts";
export {
  lastVerification,
  type RecordedVerification,
  recordVerification,
} from "./operate/verifications.ts";
export type { Heartbeat } from "./operate/freshness.ts";
export type {
  Alert,
  AlertFacts,
  AlertListener,
  AlertScope,
  AlertSeverity,
  BatchSkippedAlert,
  DocumentAlert,
  QuarantineOverLimitAlert,
  RowsRepairedAlert,
  RunFailedAlert,
  SchemaChangedAlert,
  SourceRereadAlert,
  StaleAlert,
} from "./operate/alerts.ts";

// Sources that are not databases.
export { runSource, type RunSourceOptions, type RunSourceResult } from "./operate/run_source.ts";
export {
  extractSource,
  type ExtractSourceOptions,
  type ExtractSourceResult,
} from "./sources/extract_source.ts";
export { type RatesOptions, ratesSource } from "./sources/rates/rates.ts";
export { PUBLIC_RATES } from "./sources/rates/provider.ts";
export type {
  Delivery,
  DeliveryOptions,
  ReadableDelivery,
  ReportedDelivery,
  Source,
} from "./sources/source.ts";
export { filesSource, type FilesSourceOptions } from "./sources/files/files.ts";
export type { Ledger, LedgerEntry } from "./lake/ledger.ts";

// The lake: its stores, its commits, and the rows of an object.
export { openStore } from "./lake/open_store.ts";
export type { ByteRange, ObjectStore } from "./lake/store.ts";
export { databaseZone, ingestionZone, processedZone, type Zone } from "./lake/zone.ts";
export type { CommitLog } from "./lake/commit_log.ts";
export type {
  Commit,
  CommitMode,
  DatabaseCommit,
  DataObject,
  DocumentOutcome,
  DocumentRecord,
  IngestionCommit,
  ProcessedCommit,
  SkippedCommit,
  SourceMoment,
  SourceSnapshot,
} from "./lake/commit.ts";
export { readParquet } from "./lake/parquet/read_parquet.ts";

// The model; "@totesys/sdk/schemas" has the specs of its tables, and the types to write your own.
export { type Model, totesys } from "../schemas/model.ts";
export { checkModel } from "./derive/check_model.ts";
export { type ColumnLineage, lineageOf } from "./derive/lineage.ts";
export { type Catalogue, catalogueOf, type CatalogueTable } from "./derive/catalogue.ts";
export type { CatalogueColumn } from "./derive/catalogue_columns.ts";
export type { CatalogueRelation, RelationColumn } from "./derive/catalogue_relations.ts";
export type { ExampleQuery } from "./derive/example_queries.ts";
export { starDiagram } from "./derive/diagrams.ts";
export { describeOrigin } from "./derive/describe_origin.ts";
export {
  type LineageDataset,
  type LineageDatasetEvent,
  type LineageEvent,
  type LineageJobEvent,
  type LineagePlace,
  type OpenLineageEvent,
  openLineageEvents,
  type OpenLineageOptions,
} from "./derive/open_lineage.ts";
export type { LineageFacet } from "./derive/open_lineage_facets.ts";
export { type RowTransform, rowTransform } from "./transform/row_transform.ts";

// What an analyst works with.
export {
  type DuckdbOptions,
  type Lake,
  type LakeRow,
  type LakeTable,
  type LakeZones,
  openLake,
  type OpenLakeOptions,
  type ReadLakeOptions,
} from "./analysis/lake.ts";
export type { SourceCommit } from "./analysis/commits.ts";
export type { RefusedRow, SourceDocument } from "./analysis/quality.ts";
export {
  openWarehouse,
  type QueryTypes,
  type QueryTypesRow,
  type QueryValue,
  type ReadWarehouseOptions,
  type Warehouse,
  type WarehouseRow,
  type Where,
} from "./analysis/warehouse.ts";
export type { ColumnArrays, KnownRow, TableRow, TableRows, Version } from "./analysis/rows.ts";
export * as decimal from "./analysis/decimal.ts";

// Errors and remedies.
export {
  ChangedDocumentError,
  ConfigurationError,
  DamagedObjectError,
  type ErrorContext,
  EtlError,
  LakeError,
  MassDeletionError,
  QuarantineError,
  RefusedDocumentError,
  RowError,
  SourceError,
  StoppedError,
  WarehouseError,
} from "./errors.ts";
export type { Operation, Remedy } from "./remedy.ts";
