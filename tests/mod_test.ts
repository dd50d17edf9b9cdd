import { assertEquals } from "@std/assert";
import { join } from "node:path";

/** Every public name of the SDK. A new one is a promise to users: add it here on purpose. */
const PUBLIC_NAMES = `
  Alert AlertFacts AlertSeverity AlertListener AlertScope BatchSkippedAlert ByteRange ColumnLineage Commit CommitLog
  ConfigurationError DamagedObjectError DataObject Difference DifferenceKind DocumentAlert ErrorContext EtlError
  ExtractOptions ExtractOutcome ExtractResult IngestionCommit LakeError LoadOptions LoadResult MassDeletionError
  MissingObject CommitMode Model ObjectStore Operation PipelineOptions ProcessedCommit Progress
  ProgressListener QuarantineEntry QuarantineError QuarantineFilter QuarantineOverLimitAlert
  ReconcileOptions ReconcileOutcome ReconcileResult ReconcileScope Remedy ReplayAction ReplayOptions ReplayPreview ReplayResult ReplayStep
  RowError RowTransform RowsRepairedAlert RunFailedAlert RunOptions RunResult SchemaChange SchemaChangeKind
  SchemaChangedAlert SkippedCommit Stage SourceError SourceRereadAlert SourceSnapshot StaleAlert Status
  StoppedError TableVerification ReplayTarget TransformOptions TransformResult VerifyOptions
  VerifyResult WarehouseError WarehouseStatus Zone checkModel extract lineageOf rowTransform ingestionZone keepConnections listQuarantine load
  FilesSourceOptions filesSource ChangedDocumentError DatabaseCommit Delivery DeliveryOptions DocumentOutcome DocumentRecord Ledger LedgerEntry ReadableDelivery
  RefusedDocumentError ReportedDelivery Source SourceMoment SourceReplay databaseZone
  ExtractSourceOptions ExtractSourceResult extractSource runSource RunSourceOptions RunSourceResult SourceStatus
  factsOfRun Heartbeat lastVerification readRuns RecordedChange RecordedRun RecordedVerification recordRun recordVerification RunFacts RunFailure
  RunFilter RunOutcome RunRecord
  PUBLIC_RATES RatesOptions ratesSource
  ColumnArrays KnownRow QueryTypes QueryTypesRow QueryValue ReadWarehouseOptions TableRow TableRows Version Warehouse WarehouseRow Where
  DuckdbOptions Lake LakeRow LakeTable LakeZones OpenLakeOptions ReadLakeOptions RefusedRow SourceCommit SourceDocument
  decimal openLake openWarehouse
  Catalogue CatalogueColumn CatalogueRelation CatalogueTable catalogueOf describeOrigin ExampleQuery RelationColumn starDiagram
  LineageDataset LineageDatasetEvent LineageEvent LineageFacet LineageJobEvent LineagePlace OpenLineageEvent OpenLineageOptions openLineageEvents
  openStore previewReplay processedZone readParquet reconcile replay run status totesys transform verify
`;

Deno.test("sdk/mod.ts exports the public names, one by one", () => {
  const code = Deno.readTextFileSync(join(import.meta.dirname!, "..", "sdk", "mod.ts"));
  const exports = [...code.matchAll(/^export (?:type |\* as )?([^]*?) from/gm)].map(([, names]) =>
    names
  );
  const names = exports.flatMap((list) => list.match(/\w+|\*/g) ?? [])
    .filter((name) => name !== "type").sort();
  assertEquals(names, PUBLIC_NAMES.trim().split(/\s+/).sort());
});
