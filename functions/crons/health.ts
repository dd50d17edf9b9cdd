/**
 * The health endpoint for monitors: `GET /health`. It is public, so it says little, and however often it
 * is called, it queries the warehouse at most every five seconds.
 *
 * @module
 */
import { type Freshness, readFreshness } from "../../sdk/operate/freshness.ts";
import type { CronSettings } from "../settings/crons.ts";
import { SOURCES } from "../settings/sources.ts";
import { withTimeout } from "../with_timeout.ts";

/** The body of an answer. */
interface Health {
  /** `fresh` is healthy. The others are not. */
  readonly status: "fresh" | "stale" | "failing" | "starting" | "inactive";
  /** Time of the source snapshot that the warehouse reflects (RFC 3339, UTC). */
  readonly fresh_as_of?: string;
  /** Seconds since then. */
  readonly freshness_seconds?: number;
  /** Seconds allowed. */
  readonly objective_seconds?: number;
  /** The jobs whose last attempt failed. A further source that fails leaves the warehouse healthy. */
  readonly failing?: readonly string[];
}

const FURTHER: readonly string[] = SOURCES;
const CACHE_MS = 5_000;
/** A monitor does not wait for a database that hangs. */
const TIMEOUT_MS = 10_000;

/** Returns the handler of requests. `settings` is null where no cron runs. */
export function healthHandler(
  settings: CronSettings | null,
): (request: Request) => Promise<Response> {
  let cached: { readonly until: number; readonly health: Promise<Health> } | undefined;
  return async (request) => {
    if (new URL(request.url).pathname !== "/health") return new Response(null, { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    if (!cached || cached.until < Date.now()) {
      cached = { until: Date.now() + CACHE_MS, health: readHealth(settings) };
    }
    const health = await cached.health;
    return Response.json(health, {
      status: health.status === "fresh" ? 200 : 503,
      headers: { "cache-control": "no-store" },
    });
  };
}

async function readHealth(settings: CronSettings | null): Promise<Health> {
  if (!settings) return { status: "inactive" };
  try {
    const freshness = readFreshness(await settings.pipeline("heartbeat"));
    return healthOf(await withTimeout(TIMEOUT_MS, freshness), settings.freshness_ms);
  } catch {
    // The endpoint is public. The heartbeat job logs why.
    return { status: "failing" };
  }
}

/** Returns the health of a warehouse that can be `limit_ms` behind. */
export function healthOf(
  { fresh_as_of, freshness_ms, failing }: Freshness,
  limit_ms: number,
): Health {
  const objective_seconds = Math.round(limit_ms / 1000);
  const status = failing.some((job) => !FURTHER.includes(job))
    ? "failing"
    : freshness_ms === null
    ? "starting"
    : freshness_ms > limit_ms
    ? "stale"
    : "fresh";
  if (fresh_as_of === null || freshness_ms === null) return { status, objective_seconds, failing };
  const freshness_seconds = Math.round(freshness_ms / 1000);
  return { status, fresh_as_of, freshness_seconds, objective_seconds, failing };
}
