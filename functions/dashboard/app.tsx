/**
 * The dashboard as an HTTP application: who can see it, which page answers which path, and the headers of
 * every answer.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { Access, type AccessSettings } from "./access/access.ts";
import { type AccessEnv, isSecure } from "./access/env.ts";
import { guard } from "./access/guard.ts";
import { FORMS, loginPages } from "./access/login.tsx";
import { type Asset, loadAssets } from "./assets.ts";
import { conditional } from "./caching.ts";
import type { Dashboard } from "./dashboard.ts";
import type { PageEnv, Section } from "./layout/page.tsx";
import { businessPages } from "./pages/business/business.tsx";
import { cataloguePages } from "./pages/catalogue/pages.tsx";
import { operationsPages } from "./pages/operations/operations.tsx";
import { notFound, showProblem } from "./problems.tsx";
import { addSecurityHeaders } from "./security_headers.ts";
import { timedWarehouse, withTimings } from "./timings.ts";

/**
 * A part of the site: an application that answers its paths. One that is null for a dashboard does not
 * exist there, and is not in the navigation.
 */
export type Part = readonly [Section, (dashboard: Dashboard) => Hono<PageEnv> | null];

const PARTS: readonly Part[] = [
  ["Operations", operationsPages],
  ["Business", businessPages],
  ["Catalogue", cataloguePages],
];

const MAX_URL = 8_000;
const DAY_S = 86_400;

/** Returns the application. `"everyone"` leaves out the login: for tests and pictures. */
export async function createDashboard(
  settings: Dashboard,
  access: AccessSettings | "everyone",
  all: readonly Part[] = PARTS,
): Promise<Hono<AccessEnv & PageEnv>> {
  const dashboard = { ...settings, warehouse: timedWarehouse(settings.warehouse) };
  const assets = await loadAssets();
  const { name, now } = dashboard;
  const parts = all.flatMap(([section, create]) => {
    const pages = create(dashboard);
    return pages ? [{ section, pages }] : [];
  });
  const url = access === "everyone" ? null : access.url;
  const app = new Hono<AccessEnv & PageEnv>();

  app.use(async (context, next) => {
    await next();
    addSecurityHeaders(context.res.headers, isSecure(context.req.raw, url));
  });
  // Deno itself compresses nothing: a page with charts is 120 kB, or 14.
  app.use(compress());
  app.use(async (context, next) => refusal(context) ?? await next());
  for (const asset of [assets.style, assets.script, ...Object.values(assets.icons)]) {
    app.get(asset.path, (context) => showAsset(context, asset));
  }
  app.get("/robots.txt", (context) => context.text("User-agent: *\nDisallow: /\n"));

  const frame = { assets, name, sections: parts.map(({ section }) => section) };
  if (access !== "everyone") {
    const checks = new Access(access, now);
    const login = () => ({ ...frame, sections: [], now: now(), canSignOut: false });
    if (checks.hasPassword) app.route("/", loginPages(checks, login));
    app.use(guard(checks));
  }
  app.use(async (context, next) => {
    const canSignOut = context.get("canSignOut") ?? false;
    context.set("frame", { ...frame, now: now(), canSignOut });
    const started = performance.now();
    const { queries, sql_ms } = await withTimings(next);
    const total_ms = performance.now() - started;
    context.header(
      "server-timing",
      `sql;desc="${queries} queries";dur=${sql_ms.toFixed(1)}, total;dur=${total_ms.toFixed(1)}`,
    );
  });
  app.use(conditional(dashboard));
  for (const { pages } of parts) app.route("/", pages);
  app.notFound(notFound);
  app.onError(showProblem);
  return app;
}

/** Returns the answer to a request that no page can be meant by, or null. */
function refusal(context: Context): Response | null {
  const { method, path, url } = context.req;
  if (url.length > MAX_URL) return context.text("the address is too long\n", 414);
  const isForm = FORMS.includes(path);
  if (method === "GET" || method === "HEAD" || method === "POST" && isForm) return null;
  context.header("allow", isForm ? "GET, HEAD, POST" : "GET, HEAD");
  return context.text(`${path} does not take this method\n`, 405);
}

function showAsset(context: Context, { type, body }: Asset): Response {
  return context.body(body, 200, {
    "content-type": type,
    "cache-control": `public, max-age=${365 * DAY_S}, immutable`,
  });
}
