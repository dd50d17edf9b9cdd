/**
 * The dashboard as an HTTP application: who can see it, which page answers which path, and the headers of
 * every answer.
 *
 * @module
 */
import { Hono } from "hono";
import { loadAssets } from "./assets.ts";
import type { Dashboard } from "./dashboard.ts";

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
export async function createDashboard(_dashboard: Dashboard): Promise<Hono> {
  const { style, script, icons } = await loadAssets();
  const app = new Hono();
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
