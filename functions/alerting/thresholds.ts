/**
 * Alerts for figures that are over their limits. Nothing here does I/O.
 *
 * @module
 */
import type { Alert } from "../../sdk/mod.ts";
import type { Freshness } from "../../sdk/operate/freshness.ts";
import type { CronSettings } from "../settings/crons.ts";

/** Returns an alert when more rows are in quarantine than the limit allows. */
export function quarantineAlerts(rows: number, limit: number): Alert[] {
  if (rows <= limit) return [];
  return [{
    code: "quarantine_over_limit",
    severity: "error",
    scope: "load",
    rows,
    limit,
    next: { operations: [{ name: "listQuarantine" }] },
  }];
}

/** Returns an alert when the warehouse is further behind the source than the limit allows. */
export function freshnessAlerts(
  { fresh_as_of, freshness_ms }: Freshness,
  limit_ms: number,
): Alert[] {
  if (fresh_as_of === null || freshness_ms === null || freshness_ms <= limit_ms) return [];
  return [{
    code: "stale",
    severity: "error",
    scope: "heartbeat",
    since: fresh_as_of,
    behind_ms: Math.round(freshness_ms),
    limit_ms,
    next: { operations: [{ name: "status" }] },
  }];
}

/** Returns an alert for each further source whose last document is older than its limit allows. */
export function sourceFreshnessAlerts(
  { sources }: Pick<Freshness, "sources">,
  settings: CronSettings["sources"],
): Alert[] {
  return [...settings].flatMap(([source, { freshness_ms: limit_ms }]): Alert[] => {
    const { fresh_as_of = null, freshness_ms = null } = sources[source] ?? {};
    if (limit_ms === null || fresh_as_of === null || freshness_ms === null) return [];
    if (freshness_ms <= limit_ms) return [];
    return [{
      code: "stale",
      severity: "error",
      scope: "heartbeat",
      source,
      since: fresh_as_of,
      behind_ms: Math.round(freshness_ms),
      limit_ms,
      next: { operations: [{ name: "status" }] },
    }];
  });
}
