/**
 * Checks a new deployment: its health, and that nobody sees the dashboard without the password.
 *
 * @module
 */
import { SOURCES } from "../functions/settings/sources.ts";
import { EtlError } from "../sdk/errors.ts";
import { abortable, interruption } from "./interruption.ts";

/** A tick newer than the deployment comes within a minute, on the default schedule. */
const TIMEOUT_MS = 120_000;
const INTERVAL_MS = 5_000;
const REQUEST_TIMEOUT_MS = 20_000;

/** Options of the smoke check. */
export interface SmokeOptions {
  /** Milliseconds until the check fails. */
  readonly timeout_ms?: number;
  /** Milliseconds between two requests. */
  readonly interval_ms?: number;
  /** The start of the deployment. Freshness from before it does not count. */
  readonly since?: Date;
  /** Where to connect the app with its role in AWS. */
  readonly connection?: string;
}

/**
 * Requests `/health` until the deployment is healthy, and returns the response. A first load that is still
 * running at the end counts as success.
 *
 * @throws {EtlError} when the deployment is unhealthy at the end.
 */
export async function smokeCheck(
  url: string,
  {
    timeout_ms = TIMEOUT_MS,
    interval_ms = INTERVAL_MS,
    since = new Date(0),
    connection = "docs/cloud.md",
  }: SmokeOptions = {},
): Promise<string> {
  const health = new URL("/health", url).href;
  const deadline = Date.now() + timeout_ms;
  while (true) {
    const { state, response } = await probe(health, since);
    if (state === "healthy") return response;
    if (Date.now() + interval_ms < deadline) {
      await abortable(new Promise((resolve) => setTimeout(resolve, interval_ms)));
      continue;
    }
    if (state !== "unhealthy") return `${response}: ${state.pending}; check /health again later`;
    throw new EtlError(`${health} returned: ${response}`, {
      stage: "smoke check",
      next: `deno deploy logs; if they are empty, connect the app with its role: ${connection}`,
    });
  }
}

interface Probe {
  /** `pending` is why it is not healthy yet for a reason other than this deployment. */
  readonly state: "healthy" | "unhealthy" | { readonly pending: string };
  readonly response: string;
}

async function probe(health: string, since: Date): Promise<Probe> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_TIMEOUT_MS), interruption]);
    const requested = Date.now();
    const response = await fetch(health, { signal });
    const text = (await response.text()).trim();
    // Compare with the server's clock.
    const offset_ms = Date.parse(response.headers.get("date") ?? "") - requested || 0;
    const state = response.ok
      ? stateOfFresh(text, since.getTime() + offset_ms)
      : stateOfUnhealthy(text);
    return { state, response: `${response.status} ${text}` };
  } catch (error) {
    interruption.throwIfAborted();
    return { state: "unhealthy", response: (error as Error).message };
  }
}

function stateOfFresh(text: string, since_ms: number): Probe["state"] {
  const isNew = Date.parse(JSON.parse(text).fresh_as_of) > since_ms;
  return isNew ? "healthy" : { pending: "no tick has run since this deployment" };
}

/** Returns `pending` when only the reconciliation failed: the next one is up to an hour away. */
function stateOfUnhealthy(text: string): Probe["state"] {
  try {
    const { status, failing } = JSON.parse(text);
    if (status === "starting") return { pending: "the first load is still running" };
    const others = failing.filter((job: string) => !(SOURCES as readonly string[]).includes(job));
    if (String(others) !== "reconcile") return "unhealthy";
    return { pending: "the last reconciliation failed, maybe before this deployment" };
  } catch {
    return "unhealthy";
  }
}

/**
 * Asks for the dashboard without its password, and returns its address.
 *
 * @throws {EtlError} unless a browser is sent to the login page, and a tool is refused.
 */
export async function checkDashboard(url: string): Promise<string> {
  const page = new URL("/", url).href;
  const answers = await Promise.all(["text/html", "*/*"].map((accept) => statusOf(page, accept)));
  if (String(answers) === "302 /login,401") return new URL(page).origin;
  throw new EtlError(`${page} answered ${answers.join(" and ")} instead of 302 /login and 401`, {
    stage: "smoke check",
    next: "deno deploy logs; to turn the dashboard off, set dashboard = false in terraform.tfvars",
  });
}

async function statusOf(url: string, accept: string): Promise<string> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_TIMEOUT_MS), interruption]);
    const response = await fetch(url, { headers: { accept }, redirect: "manual", signal });
    await response.body?.cancel();
    return [response.status, response.headers.get("location")].filter(Boolean).join(" ");
  } catch (error) {
    interruption.throwIfAborted();
    return (error as Error).message;
  }
}
