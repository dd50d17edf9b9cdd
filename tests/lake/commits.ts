import type { DatabaseCommit, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";

/** An ingestion commit with this number. */
export function ingestionCommit(sequence: number): DatabaseCommit {
  return {
    format: FORMAT,
    zone: "ingestion",
    sequence,
    run: "20261121T034650Z-1f3a9c",
    mode: "delta",
    snapshot: {
      system: "7412345678901234567",
      database: "totesys",
      taken_at: "2026-11-21T03:46:50.123456Z",
      xmin: "4294967301",
      xmax: "4294967305",
      visible: [6, 8],
    },
    columns: { staff: ["staff_id", "first_name"] },
    keys: { staff: "staff_id" },
    partial: { staff: "7" },
    tables: {
      staff: {
        key: "staff/2026/11/21/000000000001-20261121T034650Z-1f3a9c.jsonl",
        rows: 2,
        bytes: 240,
        sha256: "0".repeat(64),
      },
    },
    deleted: {},
  };
}

/** A processed commit with this number. */
export function processedCommit(sequence: number): ProcessedCommit {
  const { run, snapshot, tables } = ingestionCommit(sequence);
  return {
    format: FORMAT,
    zone: "processed",
    sequence,
    run,
    ingestion_sequence: sequence,
    ingestion_run: run,
    mode: "delta",
    transform_version: "1.0a1b2c3d",
    taken_at: snapshot.taken_at,
    incomplete: ["dim_staff"],
    keys: { dim_staff: "staff_id" },
    tables: { dim_staff: tables.staff },
    deleted: {},
    quarantined: {},
  };
}
