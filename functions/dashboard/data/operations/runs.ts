import type { RecordedRun } from "../../../../sdk/mod.ts";
import { selectRuns } from "../../../../sdk/operate/recorded_runs.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask } from "./ask.ts";

/** More than the history has of a run a minute. */
const ALL = 100_000;

/** Reads the runs of every job that the history has, the newest first. */
export async function readAllRuns(warehouse: Warehouse): Promise<RecordedRun[]> {
  return await ask<RecordedRun>(warehouse, selectRuns({ limit: ALL }));
}
