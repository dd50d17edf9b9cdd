/**
 * The dashboard as an HTTP application: who can see it, which page answers which path, and the headers of
 * every answer.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { type AccessEnv, type AccessSettings, createAccess, isSecure } from "./access/guard.tsx";
import { type Asset, loadAssets } from "./assets.ts";
import type { Dashboard } from "./dashboard.ts";
import type { Frame, PageEnv, Section } from "./layout/page.tsx";
import { notFound, showProblem } from "./problems.tsx";
import { addSecurityHeaders } from "./security_headers.ts";

/**
 * The parts of the site: each is an application that answers its paths. A part that is null for this
 * dashboard does not exist, and is not in the navigation.
 */
const PARTS: readonly (readonly [Section, (dashboard: Dashboard) => Hono<PageEnv> | null])[] = [];

/** The paths that take a form. */
const FORMS = ["/login", "/logout"];
const MAX_URL = 8_000;
const DAY_S = 86_400;

/** Returns the application. `"everyone"` leaves out the login: for tests and pictures. */
export async function createDashboard(
  dashboard: Dashboard,
  access: AccessSettings | "everyone",
): Promise<Hono<AccessEnv & PageEnv>> {
  const assets = await loadAssets();
  const { name, now } = dashboard;
  const parts = PARTS.flatMap(([section, create]) => {
    const pages = create(dashboard);
    return pages ? [{ section, pages }] : [];
  });
  const url = access === "everyone" ? null : access.url;
  const app = new Hono<AccessEnv & PageEnv>();

  app.use(async (context, next) => {
    await next();
    addSecurityHeaders(context.res.headers, isSecure(context.req.raw, url));
  });
  app.use(async (context, next) => refusal(context) ?? await next());
  for (const asset of [assets.style, assets.script, ...Object.values(assets.icons)]) {
    app.get(asset.path, (context) => showAsset(context, asset));
  }
  app.get("/robots.txt", (context) => context.text("User-agent: *\nDisallow: /\n"));

  if (access !== "everyone") {
    const { routes, guard } = createAccess(access, { assets, name, now });
    app.route("/", routes);
    app.use(guard);
  }
  const sections = parts.map(({ section }) => section);
  app.use(async (context, next) => {
    const canSignOut = context.get("canSignOut") ?? false;
    const frame: Frame = { assets, name, sections, now: now(), canSignOut };
    context.set("frame", frame);
    await next();
  });
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
