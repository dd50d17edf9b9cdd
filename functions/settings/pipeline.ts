/**
 * Settings as the options of the pipeline's stages.
 *
 * @module
 */
import type { ReplayOptions } from "../../sdk/operate/replay/replay.ts";
import type { RunOptions } from "../../sdk/operate/run.ts";
import { type Environment, parseSetting, readSettings } from "./read.ts";
import { number } from "./parsers.ts";
import { SETTINGS, type Values } from "./table.ts";

export type { Environment } from "./read.ts";

/** The setting of each option. */
export const PIPELINE_SETTINGS = {
  source: "SOURCE_URL",
  warehouse: "WAREHOUSE_URL",
  ingestion: "INGESTION_URL",
  processed: "PROCESSED_URL",
  reconcileEveryMs: "RECONCILE_MINUTES",
  quarantineLimit: "QUARANTINE_LIMIT",
  chunkRows: "CHUNK_ROWS",
} as const satisfies Partial<Record<keyof RunOptions, keyof typeof SETTINGS>>;

/** An option of the stages that a setting gives. */
export type PipelineOption = keyof typeof PIPELINE_SETTINGS;

/** The options of the stages. */
export type Settings = Required<Pick<RunOptions, PipelineOption>>;

const ALL = Object.keys(PIPELINE_SETTINGS) as PipelineOption[];

/**
 * Returns the given options, or all of them.
 *
 * @throws {ConfigurationError} that lists every problem, a line each.
 */
export function readPipeline<Option extends PipelineOption = PipelineOption>(
  environment: Environment,
  options: readonly Option[] = ALL as Option[],
): Pick<Settings, Option> {
  const values: Partial<Values<typeof PIPELINE_SETTINGS[PipelineOption]>> = readSettings(
    environment,
    options.map((option) => PIPELINE_SETTINGS[option]),
  );
  const entries = options.map((option) => [option, values[PIPELINE_SETTINGS[option]]]);
  return Object.fromEntries(entries) as Pick<Settings, Option>;
}

/** The options by command. Each getter throws a ConfigurationError that lists every problem. */
export class Configuration {
  readonly #environment: Environment;

  /** Reads settings from the given environment, when they are asked for. */
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The source's and the warehouse's URL. */
  get databases(): Pick<Settings, "source" | "warehouse"> {
    return readPipeline(this.#environment, ["source", "warehouse"]);
  }

  /** The options of extract(). */
  get extraction(): Pick<Settings, "source" | "ingestion" | "chunkRows"> {
    return readPipeline(this.#environment, ["source", "ingestion", "chunkRows"]);
  }

  /** The options of transform(). */
  get zones(): Pick<Settings, "ingestion" | "processed" | "quarantineLimit"> {
    return readPipeline(this.#environment, ["ingestion", "processed", "quarantineLimit"]);
  }

  /** The warehouse's URL. */
  get warehouse(): Pick<Settings, "warehouse"> {
    return readPipeline(this.#environment, ["warehouse"]);
  }

  /** The options of load(). */
  get loading(): Pick<Settings, "processed" | "warehouse"> {
    return readPipeline(this.#environment, ["processed", "warehouse"]);
  }

  /** The options of run(). */
  get pipeline(): Settings {
    return readPipeline(this.#environment);
  }

  /** The options of replay(), with the databases that must not be its target when they are set. */
  replaying(flags: Readonly<Record<string, string | boolean | undefined>>): ReplayOptions {
    const isSet = (name: string) => Boolean(this.#environment(name));
    const { into, from } = flags as Readonly<Record<string, string | undefined>>;
    return {
      ...readPipeline(this.#environment, [
        "processed",
        ...flags["from-ingestion"] ? ["ingestion", "quarantineLimit"] as const : [],
        ...isSet("SOURCE_URL") ? ["source"] as const : [],
        ...isSet("WAREHOUSE_URL") ? ["warehouse"] as const : [],
      ]),
      into: parseSetting("--into", REPLAY_TARGET, into),
      fromIngestion: Boolean(flags["from-ingestion"]),
      from: from === undefined ? undefined : parseSetting("--from", COMMIT, from),
    };
  }
}

/** The database that a replay fills. */
export const REPLAY_TARGET = {
  ...SETTINGS.WAREHOUSE_URL,
  what: "the URL of the database to build the warehouse in",
  example: "postgres://loader:secret@db.example.com:5432/warehouse_2",
};

const COMMIT = {
  group: "lake",
  what: "the number of a commit",
  example: "12",
  parse: number({ from: 1, whole: true }),
} as const;
