import type { AccessSettings } from "../../../functions/dashboard/access/access.ts";
import { createDashboard, type Part } from "../../../functions/dashboard/app.tsx";
import type { Dashboard } from "../../../functions/dashboard/dashboard.ts";
import { totesys } from "../../../schemas/model.ts";
import type { ObjectStore } from "../../../sdk/mod.ts";

/** The password of the dashboards of tests. */
export const PASSWORD = "correct horse battery staple";

/** A store without objects. */
const NOTHING = {
  url: "file:///nothing",
  list: async function* () {},
  get: () => Promise.resolve(null),
} as unknown as ObjectStore;

/** A dashboard whose warehouse is empty, unless `more` says otherwise. */
export function fakeDashboard(more: Partial<Dashboard> = {}): Dashboard {
  return {
    name: "totesys",
    model: totesys,
    warehouse: { query: () => Promise.resolve([]) } as unknown as Dashboard["warehouse"],
    ingestion: NOTHING,
    referenceCurrency: "GBP",
    freshness_ms: 30 * 60_000,
    sources: new Map(),
    quarantine_rows: 100,
    now: () => new Date(),
    ...more,
  };
}

/** Access with the password of tests. */
export function accessOf(more: Partial<AccessSettings> = {}): AccessSettings {
  return {
    password: { get: () => Promise.resolve(PASSWORD) },
    proxyHeader: null,
    proxies: ["127.0.0.1", "::1"],
    url: null,
    ...more,
  };
}

/** How to ask. */
export interface Ask extends RequestInit {
  /** The address at the other end. */
  readonly from?: string;
  /** The site; `http://dashboard.example` by default. */
  readonly at?: string;
}

/** Asks the application of a dashboard. Redirects are not followed. */
export type Asking = (path: string, how?: Ask) => Promise<Response>;

/** Starts a dashboard and returns how to ask it. */
export async function startDashboard(
  access: AccessSettings | "everyone",
  more: Partial<Dashboard> & { readonly parts?: readonly Part[] } = {},
): Promise<Asking> {
  const { parts, ...dashboard } = more;
  const app = await createDashboard(fakeDashboard(dashboard), access, parts);
  return async (path, { from = "203.0.113.7", at = "http://dashboard.example", ...init } = {}) => {
    const remoteAddr: Deno.Addr = { transport: "tcp", hostname: from, port: 40_000 };
    return await app.fetch(new Request(at + path, init), { remoteAddr });
  };
}

/** The headers of a browser that asks for a page. */
export const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** The header of a tool that sends a password. */
export function basic(password: string, user = "me"): { readonly authorization: string } {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** A login form, as a page of the site sends it. */
export function loginForm(password: string, to?: string): Ask {
  const fields = { password, ...to === undefined ? {} : { return: to } };
  return { method: "POST", body: new URLSearchParams(fields), headers: BROWSER };
}

/** Logs in and returns the cookie. */
export async function logIn(ask: Asking, how: Ask = {}): Promise<string> {
  const { headers } = await ask("/login", { ...loginForm(PASSWORD), ...how });
  return headers.get("set-cookie")!.split(";")[0];
}

/** Collects what is logged until it is disposed. */
export function captureLog(): Disposable & { readonly lines: Record<string, unknown>[] } {
  const before = console.log;
  const lines: Record<string, unknown>[] = [];
  console.log = (line) => void lines.push(JSON.parse(line));
  return { lines, [Symbol.dispose]: () => void (console.log = before) };
}
