/**
 * The login page and the forms that people send to get in and out.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Frame } from "../layout/page.tsx";
import type { Access } from "./access.ts";
import { type AccessEnv, isSecure, remoteAddress } from "./env.ts";
import { LoginPage } from "./login_page.tsx";
import { isOwnForm, returnPath } from "./requests.ts";
import { COOKIE_S } from "./session.ts";

/** A form with a password is a few hundred bytes. */
const MAX_FORM_BYTES = 4_096;

/** The paths that take a form. */
export const FORMS: readonly string[] = ["/login", "/logout"];

/** Returns the application that people log in and out with. `frame` returns the frame of its page. */
export function loginPages(access: Access, frame: () => Frame): Hono<AccessEnv> {
  const show = (context: Context, to: string, status: Status = 200, problem?: string) =>
    context.html(<LoginPage frame={frame()} to={to} problem={problem} />, status);
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (context) => show(context, "/", 413, "The form is too large."),
  });
  const app = new Hono<AccessEnv>();

  app.get("/login", (context) => show(context, returnPath(context.req.query("return"))));

  app.post("/login", limit, async (context) => {
    const form = new URLSearchParams(await context.req.text());
    const to = returnPath(form.get("return"));
    if (!isFromHere(context, access)) {
      return show(context, to, 403, "The form came from another site. Log in here.");
    }
    const given = form.get("password") ?? "";
    const { name, secure } = sessionCookie(context, access);
    const address = access.clientAddress(context.req.raw.headers, remoteAddress(context));
    const cookie = getCookie(context, name);
    const { isRight, wait_s } = await access.check(given, { address, cookie });
    if (wait_s > 0) {
      context.header("retry-after", String(wait_s));
      return show(context, to, 429, waitText(wait_s));
    }
    if (!isRight) return show(context, to, 403, "The password is wrong.");
    setCookie(context, name, await access.issue(), {
      path: "/",
      secure,
      httpOnly: true,
      // Links in mails lead here: Strict would ask for the password again.
      sameSite: "Lax",
      maxAge: COOKIE_S,
    });
    return context.redirect(to, 303);
  });

  app.post("/logout", limit, (context) => {
    if (!isFromHere(context, access)) return context.text("forbidden\n", 403);
    const { name, secure } = sessionCookie(context, access);
    deleteCookie(context, name, { path: "/", secure });
    // The browser has kept pages.
    context.header("clear-site-data", '"cache"');
    return context.redirect("/login", 303);
  });
  return app;
}

type Status = 200 | 403 | 413 | 429;

/** Returns the name of the session's cookie. The prefix keeps other sites of the domain from setting it. */
export function sessionCookie(context: Context, { url }: Access) {
  const secure = isSecure(context.req.raw, url);
  return { secure, name: secure ? "__Host-session" : "session" };
}

function isFromHere(context: Context, { url }: Access): boolean {
  const hosts = [context.req.url, url].flatMap((at) => at === null ? [] : new URL(at).host);
  return isOwnForm(context.req.raw.headers, hosts);
}

/** Returns when the next password is checked. */
export function waitText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many wrong passwords. Try again in ${minutes} minute${minutes === 1 ? "" : "s"}.`;
}
