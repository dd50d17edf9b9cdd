/**
 * The health endpoint: `GET /health`, for monitors. Anybody can ask, so it says little, and the
 * warehouse is asked at most once in a while, however many ask.
 *
 * @module
 */
import { type Freshness, readFreshness } from "../../sdk/mod.ts";
import type { ServiceSettings } from "../settings/crons.ts";

/** What the endpoint says. */
interface Health {
  /** `fresh` is well; everything else is not. */
  readonly status: "fresh" | "stale" | "failing" | "starting" | "inactive";
  /** When the source looked as the warehouse does now. */
  readonly fresh_as_of?: string;
  /** How long ago that was. */
  readonly freshness_seconds?: number;
  /** How long ago it may be. */
  readonly objective_seconds?: number;
  /** The jobs whose last attempt failed. */
  readonly failing?: readonly string[];
}

const KEPT_MS = 5_000;
/** A monitor does not wait for as long as a database that hangs may take. */
const ANSWER_MS = 10_000;

/** Returns the handler of requests; null for settings when nothing runs here. */
export function healthHandler(
  settings: ServiceSettings | null,
): (request: Request) => Promise<Response> {
  let known: { readonly until: number; readonly health: Promise<Health> } | undefined;
  return async (request) => {
    if (new URL(request.url).pathname !== "/health") return new Response(null, { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    if (!known || known.until < Date.now()) {
      known = { until: Date.now() + KEPT_MS, health: ask(settings) };
    }
    const health = await known.health;
    return Response.json(health, {
      status: health.status === "fresh" ? 200 : 503,
      headers: { "cache-control": "no-store" },
    });
  };
}

async function ask(settings: ServiceSettings | null): Promise<Health> {
  if (!settings) return { status: "inactive" };
  try {
    const pulse = readFreshness(await settings.pipeline("heartbeat"));
    return healthOf(await withTimeout(ANSWER_MS, pulse), settings.freshness_ms);
  } catch {
    // The heartbeat job logs why. Anybody may read this.
    return { status: "failing" };
  }
}

async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer")), ms);
  work.catch(() => {}); // it may fail when nobody waits any more
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

/** What the heartbeats come to. */
export function healthOf(
  { fresh_as_of, freshness_ms, failing }: Freshness,
  limit_ms: number,
): Health {
  const objective_seconds = Math.round(limit_ms / 1000);
  const status = failing.length > 0
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
