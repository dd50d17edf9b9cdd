/**
 * Reads settings from the environment.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import type { Setting } from "./setting.ts";
import { type SettingName, SETTINGS, type Values } from "./table.ts";

/** Returns the text of a setting, or undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

const HELP = "deno task etl help settings";

/**
 * Returns the values of some settings. An empty setting counts as unset.
 *
 * @param next What to do when a setting is wrong.
 * @throws {ConfigurationError} that lists every problem, a line each.
 */
export function readSettings<Name extends SettingName>(
  environment: Environment,
  names: readonly Name[],
  next: string = HELP,
): Values<Name> {
  const [read, problems] = collect(
    names.map((name) => () => parseSetting<unknown>(name, SETTINGS[name], environment(name))),
  );
  const values = Object.fromEntries(names.map((name, place) => [name, read[place]]));
  problems.push(...conflicts(values as Partial<Values<SettingName>>));
  if (problems.length > 0) throw problemsError(problems, next);
  return values as Values<Name>;
}

/**
 * Returns the value of one setting.
 *
 * @param label The name to use in messages: a variable or a flag.
 * @throws {ConfigurationError} that says what is wrong, without the text, and gives an example.
 */
export function parseSetting<Value>(
  label: string,
  setting: Setting<Value>,
  given: string | undefined,
): Value {
  try {
    const text = given?.trim() || setting.default;
    if (text === undefined) throw new ConfigurationError("is not set");
    return setting.parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(
      `${label} ${error.message}. Set it to ${setting.what}, for example ${setting.example}`,
      { stage: "configuration", next: HELP },
    );
  }
}

/**
 * Calls every reader and returns their results.
 *
 * @throws {ConfigurationError} that lists the problems of all of them, a line each.
 */
export function readAll<Values extends readonly unknown[]>(
  ...readers: { readonly [Place in keyof Values]: () => Values[Place] }
): Values {
  const [values, problems] = collect<unknown>(readers);
  if (problems.length > 0) throw problemsError(problems, HELP);
  return values as unknown as Values;
}

/** Calls every reader. Returns their results, undefined for a refused one, and the refusals. */
function collect<T>(
  readers: readonly (() => T)[],
): [values: (T | undefined)[], problems: string[]] {
  const problems: string[] = [];
  const values = readers.map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(error.message);
    }
  });
  return [values, problems];
}

function problemsError(problems: readonly string[], next: string): ConfigurationError {
  return new ConfigurationError(problems.join("\n"), { stage: "configuration", next });
}

/** Returns the problems of settings that are each valid, but not together. */
function conflicts(values: Partial<Values<SettingName>>): string[] {
  const { SOURCE_URL, WAREHOUSE_URL, INGESTION_URL, PROCESSED_URL, ALERT_FROM, ALERT_TO } = values;
  const problems: string[] = [];
  if (SOURCE_URL && WAREHOUSE_URL && databaseIn(SOURCE_URL) === databaseIn(WAREHOUSE_URL)) {
    problems.push("SOURCE_URL and WAREHOUSE_URL are the same database");
  }
  if (INGESTION_URL && INGESTION_URL.url === PROCESSED_URL?.url) {
    problems.push("INGESTION_URL and PROCESSED_URL are the same place");
  }
  if (ALERT_TO?.length && ALERT_FROM === null) {
    problems.push("ALERT_FROM is not set, but ALERT_TO is");
  }
  const { DASHBOARD_PASSWORD, DASHBOARD_PROXY_HEADER, DASHBOARD_WAREHOUSE_URL } = values;
  const isOn = DASHBOARD_PASSWORD ?? DASHBOARD_PROXY_HEADER;
  if (isOn && DASHBOARD_WAREHOUSE_URL === null) {
    problems.push("DASHBOARD_WAREHOUSE_URL is not set, but the dashboard is on");
  }
  if (isOn && WAREHOUSE_URL && DASHBOARD_WAREHOUSE_URL === WAREHOUSE_URL) {
    problems.push(
      "DASHBOARD_WAREHOUSE_URL is WAREHOUSE_URL: the dashboard needs a role that can only read",
    );
  }
  return problems;
}

/** Returns the database that a URL names, without the user and the parameters. */
function databaseIn(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname.toLowerCase()}:${port || 5432}${pathname}`;
}
