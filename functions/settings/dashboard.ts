/**
 * The settings of the dashboard.
 *
 * @module
 */
import { CachedSecret } from "./cached_secret.ts";
import { type Environment, readSettings } from "./read.ts";
import { withSecrets } from "./secrets.ts";
import type { Values } from "./table.ts";

/** The settings of the dashboard. */
export interface DashboardSettings {
  /** The warehouse's URL, with a role that can only read. */
  readonly warehouse: CachedSecret;
  /** The password for people and tools; null for none. */
  readonly password: CachedSecret | null;
  /** The header, in small letters, in which a proxy names the user that it has signed in; null for none. */
  readonly proxyHeader: string | null;
  /** The addresses and ranges (`10.0.0.0/8`) of the proxies whose headers count. */
  readonly proxies: readonly string[];
  /** The public address, without a slash at the end; null when it is unknown. */
  readonly url: string | null;
}

/** Returns the dashboard's settings, given the values of the table; null when it is off. */
export function dashboardOf(
  values: Values<
    "DASHBOARD_PASSWORD" | "DASHBOARD_PROXY_HEADER" | "DASHBOARD_PROXIES" | "DASHBOARD_URL"
  >,
  environment: Environment,
): DashboardSettings | null {
  const { DASHBOARD_PASSWORD: password, DASHBOARD_PROXY_HEADER: header } = values;
  if (password === null && header === null) return null;
  return {
    warehouse: secretOf("DASHBOARD_WAREHOUSE_URL", environment),
    password: password === null ? null : secretOf("DASHBOARD_PASSWORD", environment),
    proxyHeader: header,
    proxies: values.DASHBOARD_PROXIES,
    url: values.DASHBOARD_URL,
  };
}

function secretOf(
  name: "DASHBOARD_WAREHOUSE_URL" | "DASHBOARD_PASSWORD",
  environment: Environment,
): CachedSecret {
  return new CachedSecret(async () => {
    const fetched = readSettings(await withSecrets(environment, [name]), [name], NEXT);
    // It is set: that was checked with the other settings.
    return fetched[name]!;
  });
}

const NEXT = "correct the secret";
