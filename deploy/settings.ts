/**
 * The settings of the app that are taken from the environment of `deno task deploy`.
 *
 * @module
 */
import { readServiceSettings } from "../functions/settings/crons.ts";
import type { Environment } from "../functions/settings/read.ts";
import { type Setting, SETTING_NAMES, SETTINGS } from "../functions/settings/table.ts";
import { EtlError } from "../sdk/errors.ts";

/** The settings that the environment can give. Terraform's outputs have the others. */
export const GIVEN_SETTINGS = SETTING_NAMES.filter((name) =>
  !(SETTINGS[name] as Setting).terraform
);

/** Returns the settings that the environment gives. */
export function givenSettings(environment: Environment): Record<string, string> {
  const given = GIVEN_SETTINGS.map((name) => [name, environment(name) ?? ""]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** Returns why the app would not start with these settings, or null. */
export function settingsProblem(environment: Environment): string | null {
  const given: Readonly<Record<string, string>> = givenSettings(environment);
  try {
    // Examples replace what only Terraform's outputs will have.
    readServiceSettings((name) => given[name] ?? SETTINGS[name as keyof typeof SETTINGS].example);
    return null;
  } catch (error) {
    if (error instanceof EtlError) return error.message;
    throw error;
  }
}
