import type { ReplayOptions } from "../../sdk/operate/replay/replay.ts";
import { number } from "../settings/parsers.ts";
import { readPipeline } from "../settings/pipeline.ts";
import { type Environment, parseSetting, readAll } from "../settings/read.ts";
import { SETTINGS } from "../settings/table.ts";
import type { Options } from "./parse_command_line.ts";

/** The database that a replay fills. */
const TARGET = {
  ...SETTINGS.WAREHOUSE_URL,
  what: "the URL of the database to build the warehouse in",
  example: "secretsmanager://totesys/warehouse_2",
};

const COMMIT = {
  group: "lake",
  what: "the number of a commit",
  example: "12",
  parse: number({ from: 1, whole: true }),
} as const;

/**
 * Returns the options of a replay, with the databases that must not be its target where they are set.
 *
 * @throws {ConfigurationError} that lists every problem.
 */
export function readReplayOptions(environment: Environment, flags: Options): ReplayOptions {
  const isSet = (name: string) => Boolean(environment(name));
  const { into, from } = flags as Readonly<Record<string, string | undefined>>;
  const [settings, target, commit] = readAll(
    () =>
      readPipeline(environment, [
        "processed",
        "referenceCurrency",
        ...flags["from-ingestion"] ? ["ingestion", "quarantineLimit"] as const : [],
        ...isSet("SOURCE_URL") ? ["source"] as const : [],
        ...isSet("WAREHOUSE_URL") ? ["warehouse"] as const : [],
      ]),
    () => parseSetting("--into", TARGET, into),
    () => from === undefined ? undefined : parseSetting("--from", COMMIT, from),
  );
  return {
    ...settings,
    into: target,
    fromIngestion: Boolean(flags["from-ingestion"]),
    from: commit,
  };
}
