/**
 * The settings of the sources that are not the pipeline's database.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import type { Source } from "../../sdk/sources/source.ts";
import { type Environment, readSettings } from "./read.ts";
import type { Setting } from "./setting.ts";
import { type SettingName, SETTINGS, type Values } from "./table.ts";

/** The names of these sources. A command and a cron is named after each. */
export const SOURCES = ["rates", "files"] as const;

/** The name of such a source. */
export type SourceName = typeof SOURCES[number];

/** Opens a source. `from` is the first day of a backfill (YYYY-MM-DD). */
export type OpenSource = (options?: { readonly from?: string }) => Promise<Source>;

/** The settings of each source. The first one turns it off. */
export const SOURCE_SETTINGS = {
  rates: ["RATES_URL", "RATES_BASE"],
  files: ["FILES_URL"],
} as const satisfies Readonly<Record<SourceName, readonly SettingName[]>>;

/**
 * Returns what opens a source.
 *
 * @throws {ConfigurationError} when a setting of it is wrong, or turns it off.
 */
export function readSource(name: SourceName, environment: Environment): OpenSource {
  const open = sourceOf(name, readSettings(environment, SOURCE_SETTINGS[name]));
  if (open) return open;
  const [setting] = SOURCE_SETTINGS[name];
  const { what, example }: Setting = SETTINGS[setting];
  throw new ConfigurationError(
    `${setting} is off. Set it to ${what.replace(/;.*/, "")}, for example ${example}`,
    { stage: "configuration", next: "deno task etl help settings" },
  );
}

/** Returns what opens a source, given the values of its settings; null when it is off. */
export function sourceOf(
  name: SourceName,
  values: Partial<Values<SettingName>>,
): OpenSource | null {
  const { RATES_URL: urls, RATES_BASE: base, FILES_URL: url } = values;
  // Only a run loads the source's code: help and a refused call do without it.
  switch (name) {
    case "rates":
      return urls && base
        ? async ({ from } = {}) => {
          const { ratesSource } = await import("../../sdk/sources/rates/rates.ts");
          return ratesSource({ urls, base: base.toLowerCase(), from });
        }
        : null;
    case "files":
      return url
        ? async () => {
          const { filesSource } = await import("../../sdk/sources/files/files.ts");
          return filesSource({ url });
        }
        : null;
  }
}
