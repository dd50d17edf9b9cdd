/**
 * Settings as the options of the pipeline's stages.
 *
 * @module
 */
import type { RunOptions } from "../../sdk/operate/run.ts";
import { type Environment, readSettings } from "./read.ts";
import type { SETTINGS, Values } from "./table.ts";

/** The setting of each option. */
export const PIPELINE_SETTINGS = {
  source: "SOURCE_URL",
  warehouse: "WAREHOUSE_URL",
  ingestion: "INGESTION_URL",
  processed: "PROCESSED_URL",
  reconcileEveryMs: "RECONCILE_MINUTES",
  quarantineLimit: "QUARANTINE_LIMIT",
  chunkRows: "CHUNK_ROWS",
  referenceCurrency: "REFERENCE_CURRENCY",
} as const satisfies Partial<Record<keyof RunOptions, keyof typeof SETTINGS>>;

/** An option of the stages that a setting gives. */
export type PipelineOption = keyof typeof PIPELINE_SETTINGS;

/** The options of the stages. */
export type PipelineSettings = Required<Pick<RunOptions, PipelineOption>>;

/** Every option, in the order of the table. */
export const PIPELINE_OPTIONS = Object.keys(PIPELINE_SETTINGS) as PipelineOption[];

/**
 * Returns the given options, or all of them.
 *
 * @throws {ConfigurationError} that lists every problem, a line each.
 */
export function readPipeline<Option extends PipelineOption = PipelineOption>(
  environment: Environment,
  options: readonly Option[] = PIPELINE_OPTIONS as Option[],
): Pick<PipelineSettings, Option> {
  const names = options.map((option) => PIPELINE_SETTINGS[option]);
  return pipelineOf(readSettings(environment, names), options);
}

/** Returns the given options, or all of them, from the values of their settings. */
export function pipelineOf<Option extends PipelineOption = PipelineOption>(
  values: Partial<Values<typeof PIPELINE_SETTINGS[PipelineOption]>>,
  options: readonly Option[] = PIPELINE_OPTIONS as Option[],
): Pick<PipelineSettings, Option> {
  const entries = options.map((option) => [option, values[PIPELINE_SETTINGS[option]]]);
  return Object.fromEntries(entries) as Pick<PipelineSettings, Option>;
}
