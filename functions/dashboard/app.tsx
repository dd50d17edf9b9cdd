/**
 * The dashboard as an HTTP application: who can see it, which page answers which path, and the headers of
 * every answer.
 *
 * @module
 */
import { Hono } from "hono";
import { type Assets, loadAssets } from "./assets.ts";
import type { Dashboard } from "./dashboard.ts";
import type { Frame, PageEnv } from "./layout/page.tsx";

/** The rules for browsers: nothing but this site's own stylesheet, script, icons and forms. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Returns the application. */
export async function createDashboard(dashboard: Dashboard): Promise<Hono<PageEnv>> {
  const assets = await loadAssets();
  const { style, script, icons } = assets;
  const app = new Hono<PageEnv>();
  app.use(async (context, next) => {
    context.set("frame", frameOf(dashboard, assets));
    await next();
  });
  app.use(async (context, next) => {
    await next();
    context.header("content-security-policy", CONTENT_SECURITY_POLICY);
    context.header("x-content-type-options", "nosniff");
    context.header("referrer-policy", "same-origin");
    context.header("x-robots-tag", "noindex, nofollow");
  });
  for (const { path, type, body } of [style, script, ...Object.values(icons)]) {
    app.get(path, (context) =>
      context.body(body, 200, {
        "content-type": type,
        "cache-control": "public, max-age=31536000, immutable",
      }));
  }
  return app;
}

function frameOf({ now }: Dashboard, assets: Assets): Frame {
  return {
    assets,
    name: "totesys",
    sections: ["Operations", "Business", "Catalogue"],
    now: now(),
    canSignOut: false,
  };
}
