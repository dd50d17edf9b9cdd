/**
 * The settings that the deployed app takes from the environment of `deno task deploy`.
 *
 * @module
 */
import { readCronSettings } from "../functions/settings/crons.ts";
import type { Environment } from "../functions/settings/read.ts";
import type { Setting } from "../functions/settings/setting.ts";
import { SETTING_NAMES, SETTINGS } from "../functions/settings/table.ts";
import { EtlError } from "../sdk/errors.ts";

/** The names of these settings. Terraform's outputs give the others. */
export const APP_SETTINGS = SETTING_NAMES.filter((name) => !(SETTINGS[name] as Setting).terraform);

/** Returns the settings that are set. */
export function appSettings(environment: Environment): Record<string, string> {
  const entries = APP_SETTINGS.map((name) => [name, environment(name) ?? ""]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

/** Returns why the app would not start with these settings, or would not be safe, or null. */
export function settingsProblem(environment: Environment): string | null {
  const settings: Readonly<Record<string, string>> = appSettings(environment);
  const { DASHBOARD_PROXY_HEADER: header = "off", DASHBOARD_PROXIES: proxies } = settings;
  if (header.toLowerCase() !== "off" && !proxies) {
    return "DASHBOARD_PROXIES is not set, but DASHBOARD_PROXY_HEADER is. Its default is this machine: " +
      "set it to the public addresses of your proxy";
  }
  try {
    // Examples stand in for the values that only Terraform's outputs will have.
    readCronSettings((name) => settings[name] ?? SETTINGS[name as keyof typeof SETTINGS].example);
    return null;
  } catch (error) {
    if (error instanceof EtlError) return error.message;
    throw error;
  }
}
