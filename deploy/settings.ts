/**
 * The settings of the crons that whoever deploys has in the environment.
 *
 * @module
 */
import { type Environment, TUNING } from "../functions/settings/pipeline.ts";
import { readServiceSettings, SERVICE_SETTINGS } from "../functions/settings/crons.ts";
import { EtlError } from "../sdk/errors.ts";

/** What Terraform decides: an app that said otherwise would be refused by its own role. */
const TERRAFORMS: readonly string[] = ["ALERT_FROM", "ALERT_TO", "METRIC_NAMESPACE"];

/** The settings that may be given. */
const GIVEN: readonly string[] = Object.keys({ ...SERVICE_SETTINGS, ...TUNING })
  .filter((name) => !TERRAFORMS.includes(name));

/** Something that can be read in place of what only the app will have. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  SOURCE_URL: "postgres://reader@localhost/totesys",
  WAREHOUSE_URL: "postgres://loader@localhost/warehouse",
  INGESTION_URL: "file:///lake/ingestion",
  PROCESSED_URL: "file:///lake/processed",
};

/** The settings that are set. */
export function givenSettings(environment: Environment): Record<string, string> {
  const given = GIVEN.map((name) => [name, environment(name) ?? ""]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** What is wrong with them: the app would not start, which is better known before it is deployed. */
export function settingsProblem(environment: Environment): string | null {
  const given = givenSettings(environment);
  try {
    readServiceSettings((name) => given[name] ?? ELSEWHERE[name]);
    return null;
  } catch (error) {
    if (error instanceof EtlError) return error.message;
    throw error;
  }
}
