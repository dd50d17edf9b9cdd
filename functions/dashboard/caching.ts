/**
 * Pages that a browser has already are not made again: 304 while nothing has happened.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { Dashboard } from "./dashboard.ts";
import { type Version, versionReader } from "./data/version.ts";
import type { PageEnv } from "./layout/page.tsx";

/** The numbers of these pages change with commits only. The others show ages, which change by the minute. */
const BY_COMMIT = /^\/business(\/|$)/;
const MINUTE_MS = 60_000;
/** Periods such as "today" begin at a full hour. */
const HOUR_MS = 3_600_000;
/** Another release makes other pages. */
const RELEASE = Deno.env.get("DENO_DEPLOYMENT_ID") ?? String(performance.timeOrigin);

/** Returns what gives pages an ETag, and answers 304 to a browser that has the page. */
export function conditional({ warehouse, sources, now }: Dashboard): MiddlewareHandler<PageEnv> {
  const readVersion = versionReader(warehouse, ["database", ...sources.keys()]);
  return async (context, next) => {
    // A page says for itself that the warehouse is empty or down.
    const version = await readVersion().catch(() => null);
    const tag = version && tagOf(context, version, now().getTime());
    if (tag && context.req.header("if-none-match")?.includes(tag)) {
      return context.body(null, 304, headersOf(tag));
    }
    await next();
    if (!tag || context.res.status !== 200 || context.res.headers.has("cache-control")) return;
    for (const [name, value] of Object.entries(headersOf(tag))) context.header(name, value);
  };
}

/** The browser keeps the page, but asks before it shows it. */
function headersOf(tag: string) {
  return { "etag": `W/${tag}`, "cache-control": "private, no-cache" };
}

function tagOf(context: Context<PageEnv>, { commits, runs }: Version, now: number): string {
  const { pathname, search } = new URL(context.req.url);
  const parts = BY_COMMIT.test(pathname)
    ? [commits, Math.floor(now / HOUR_MS)]
    : [commits, runs, Math.floor(now / MINUTE_MS)];
  const { assets, canSignOut } = context.get("frame");
  const text = JSON.stringify([RELEASE, assets.style.path, canSignOut, pathname, search, ...parts]);
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
}
