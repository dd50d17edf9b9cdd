/**
 * Who can see the dashboard: people who log in, tools that send the password with each request, and
 * people that a proxy has signed in.
 *
 * @module
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { log } from "../../log.ts";
import type { Assets } from "../assets.ts";
import { addressMatcher, addressOf, clientOf } from "./client.ts";
import { Failures } from "./failures.ts";
import { LoginPage } from "./login_page.tsx";
import { basicPassword, isOwnForm, returnPath, wantsPage } from "./requests.ts";
import { isEqual, SESSION_S, Sessions } from "./session.ts";

/** Who can see the dashboard. */
export interface AccessSettings {
  /** The password for people and tools; null for none. */
  readonly password: { get(): Promise<string> } | null;
  /** The proxy that signs people in, by a header in small letters; null for none. */
  readonly proxy: { readonly header: string; readonly addresses: readonly string[] } | null;
  /** The public address; null when it is unknown. */
  readonly url: string | null;
}

/** What access needs from its application. */
export interface AccessContext {
  readonly assets: Assets;
  /** The name of the pipeline. */
  readonly name: string;
  readonly now: () => Date;
}

/** What a request comes with: the other end of its connection. */
export interface AccessEnv {
  readonly Bindings: { readonly remoteAddr?: Deno.Addr } | undefined;
  readonly Variables: {
    /** Whether there is a session to end. */
    readonly canSignOut: boolean;
  };
}

/** A form with a password is a few hundred bytes. */
const MAX_FORM_BYTES = 4_096;
const CHALLENGE = 'Basic realm="dashboard", charset="UTF-8"';

/** Returns whether the browser speaks https: with this process, or with a proxy at the public address. */
export function isSecure(request: Request, url: string | null): boolean {
  return request.url.startsWith("https:") || url !== null && url.startsWith("https:");
}

/** Returns the login page and what it sends; `guard` refuses every other request without access. */
export function createAccess(
  settings: AccessSettings,
  { assets, name, now }: AccessContext,
): { readonly routes: Hono<AccessEnv>; readonly guard: MiddlewareHandler<AccessEnv> } {
  const { password, proxy, url } = settings;
  const failures = new Failures();
  const sessions = new Sessions();
  const isProxy = addressMatcher(proxy?.addresses ?? []);
  const addressIn = (context: Context<AccessEnv>) => addressOf(context.env?.remoteAddr);
  const cookieOf = (context: Context) => {
    const secure = isSecure(context.req.raw, url);
    // The prefix keeps other sites of the same domain from setting it.
    return { secure, name: secure ? "__Host-session" : "session" };
  };
  const pathOf = (context: Context) => {
    const { pathname, search } = new URL(context.req.url);
    return pathname + search;
  };

  /** Checks a password, unless too many were refused. Returns the seconds to wait in that case. */
  const check = async (context: Context<AccessEnv>, given: string) => {
    const expected = await password!.get();
    const address = addressIn(context);
    const client = clientOf(address);
    const at = now().getTime();
    const wait = failures.wait(client, at);
    if (wait > 0) return { isRight: false, wait };
    const isRight = isEqual(given, expected);
    if (!isRight) {
      failures.add(client, at);
      log("warning", "login", { outcome: "refused", address });
    }
    return { isRight, wait: 0 };
  };

  const showLogin = (
    context: Context<AccessEnv>,
    { to, problem, status }: {
      readonly to: string;
      readonly problem?: string;
      readonly status: 200 | 403 | 413 | 429;
    },
  ) =>
    context.html(
      <LoginPage assets={assets} name={name} now={now()} to={to} problem={problem} />,
      status,
    );

  const routes = new Hono<AccessEnv>();
  if (password) {
    routes.get("/login", (context) => {
      return showLogin(context, { to: returnPath(context.req.query("return")), status: 200 });
    });
    const limit = bodyLimit({
      maxSize: MAX_FORM_BYTES,
      onError: (context) =>
        showLogin(context, { to: "/", problem: "The form is too large.", status: 413 }),
    });
    routes.post("/login", limit, async (context) => {
      const form = new URLSearchParams(await context.req.text());
      const to = returnPath(form.get("return") ?? undefined);
      if (!isFromHere(context, url)) {
        const problem = "The form came from another site. Log in here.";
        return showLogin(context, { to, problem, status: 403 });
      }
      const { isRight, wait } = await check(context, form.get("password") ?? "");
      if (wait > 0) {
        context.header("retry-after", String(wait));
        return showLogin(context, { to, problem: waitText(wait), status: 429 });
      }
      if (!isRight) {
        return showLogin(context, { to, problem: "The password is wrong.", status: 403 });
      }
      const { secure, name } = cookieOf(context);
      const value = await sessions.issue(await password.get(), now().getTime());
      const options = { httpOnly: true, sameSite: "Lax", path: "/", secure } as const;
      setCookie(context, name, value, { ...options, maxAge: SESSION_S });
      return context.redirect(to, 303);
    });
    routes.post("/logout", (context) => {
      if (!isFromHere(context, url)) return context.text("forbidden\n", 403);
      const { secure, name } = cookieOf(context);
      deleteCookie(context, name, { path: "/", secure });
      // The browser has kept pages.
      context.header("clear-site-data", '"cache"');
      return context.redirect("/login", 303);
    });
  }

  const guard: MiddlewareHandler<AccessEnv> = async (context, next) => {
    const isFromProxy = proxy !== null && isProxy(addressIn(context));
    if (isFromProxy && context.req.header(proxy.header)) return await next();
    if (!password) return context.text("forbidden: open the dashboard through its proxy\n", 403);
    const cookie = getCookie(context, cookieOf(context).name);
    if (cookie && await sessions.isValid(cookie, await password.get(), now().getTime())) {
      context.set("canSignOut", true);
      return await next();
    }
    const given = basicPassword(context.req.header("authorization"));
    if (given !== null) {
      const { isRight, wait } = await check(context, given);
      if (isRight) return await next();
      if (wait > 0) {
        context.header("retry-after", String(wait));
        return context.text(`${waitText(wait)}\n`, 429);
      }
    } else if (wantsPage(context.req.method, context.req.header("accept"))) {
      const path = pathOf(context);
      return context.redirect(
        path === "/" ? "/login" : `/login?${new URLSearchParams({ return: path })}`,
        302,
      );
    }
    context.header("www-authenticate", CHALLENGE);
    return context.text("unauthorized: send the dashboard's password\n", 401);
  };
  return { routes, guard };
}

function isFromHere(context: Context, url: string | null): boolean {
  const hosts = [new URL(context.req.url).host, ...url ? [new URL(url).host] : []];
  return isOwnForm(context.req.raw.headers, hosts);
}

function waitText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many wrong passwords. Try again in ${minutes} ${
    minutes === 1 ? "minute" : "minutes"
  }.`;
}
