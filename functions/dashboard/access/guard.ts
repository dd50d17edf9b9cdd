/**
 * Refuses requests without access.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { Access } from "./access.ts";
import { type AccessEnv, remoteAddress } from "./env.ts";
import { basicPassword, wantsPage } from "./requests.ts";
import { sessionCookie, waitText } from "./login.tsx";

const CHALLENGE = 'Basic realm="dashboard", charset="UTF-8"';

/** Returns what lets requests with access pass. Browsers are sent to the login page, tools get a 401. */
export function guard(access: Access): MiddlewareHandler<AccessEnv> {
  return async (context, next) => {
    const { headers } = context.req.raw;
    const remote = remoteAddress(context);
    if (access.isProxied(headers, remote)) return await next();
    if (!access.hasPassword) return context.text("forbidden: use the dashboard's proxy\n", 403);
    const cookie = getCookie(context, sessionCookie(context, access).name);
    if (cookie && await access.isSession(cookie)) {
      context.set("canSignOut", true);
      return await next();
    }
    const given = basicPassword(context.req.header("authorization"));
    if (given === null) return isForPeople(context) ? toLogin(context) : challenge(context);
    const address = access.clientAddress(headers, remote);
    const { isRight, wait_s } = await access.check(given, { address, cookie });
    if (isRight) return await next();
    if (wait_s === 0) return challenge(context);
    context.header("retry-after", String(wait_s));
    return context.text(`${waitText(wait_s)}\n`, 429);
  };
}

function isForPeople(context: Context): boolean {
  return wantsPage(context.req.method, context.req.header("accept"));
}

function toLogin(context: Context): Response {
  const { pathname, search } = new URL(context.req.url);
  const path = pathname + search;
  return context.redirect(
    path === "/" ? "/login" : `/login?${new URLSearchParams({ return: path })}`,
  );
}

/** A browser that is asked for a page would show a dialog instead of the login page. */
function challenge(context: Context): Response {
  context.header("www-authenticate", CHALLENGE);
  return context.text("unauthorized: send the dashboard's password\n", 401);
}
