/**
 * Whether what was deployed works: it says so itself.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";
import { interruption, unlessInterrupted } from "./interruption.ts";

/** How long to ask: a tick that is newer than the deployment comes within a minute, if ticks do. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 5_000;
const ANSWER_MS = 20_000;

/** How patient to be. */
export interface SmokeOptions {
  readonly patience_ms?: number;
  readonly pause_ms?: number;
  /** When the deployment began: what was well before says nothing of it. */
  readonly since?: Date;
  /** How the app is connected with its role in AWS. */
  readonly connection?: string;
}

/**
 * Asks until the deployment says that it is well, and returns what it says. A first load may take
 * longer than anybody waits: that it has begun is enough.
 *
 * @throws {EtlError}
 */
export async function smokeCheck(
  url: string,
  {
    patience_ms = PATIENCE_MS,
    pause_ms = PAUSE_MS,
    since = new Date(0),
    connection = "docs/deploy.md says how",
  }: SmokeOptions = {},
): Promise<string> {
  const health = new URL("/health", url).href;
  const until = Date.now() + patience_ms;
  while (true) {
    const { state, said } = await askOnce(health, since);
    if (state === "well") return said;
    if (Date.now() + pause_ms < until) {
      await unlessInterrupted(new Promise((resolve) => setTimeout(resolve, pause_ms)));
      continue;
    }
    if (state !== "bad") return `${said}: ${state.notYet}; look again in a while`;
    throw new EtlError(`${health} says: ${said}`, {
      stage: "smoke check",
      next: `deno deploy logs; nothing there? is the app connected with its role? ${connection}`,
    });
  }
}

interface Answer {
  /** How it is; or why it is not well yet, when that is no fault of this deployment. */
  readonly state: "well" | "bad" | { readonly notYet: string };
  readonly said: string;
}

async function askOnce(health: string, since: Date): Promise<Answer> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), interruption]);
    const asked = Date.now();
    const response = await fetch(health, { signal });
    const text = (await response.text()).trim();
    // By the clock over there.
    const ahead = Date.parse(response.headers.get("date") ?? "") - asked || 0;
    const state = response.ok ? freshnessOf(text, since.getTime() + ahead) : excuseOf(text);
    return { state, said: `${response.status} ${text}` };
  } catch (error) {
    interruption.throwIfAborted();
    return { state: "bad", said: (error as Error).message };
  }
}

function freshnessOf(text: string, since_ms: number): Answer["state"] {
  const isNew = Date.parse(JSON.parse(text).fresh_as_of) > since_ms;
  return isNew ? "well" : { notYet: "no tick has come since this deployment" };
}

/** Why it may be well all the same. A comparison comes once an hour, and until then it has failed. */
function excuseOf(text: string): Answer["state"] {
  try {
    const { status, failing } = JSON.parse(text);
    if (status === "starting") return { notYet: "the first load goes on" };
    if (String(failing) !== "reconcile") return "bad";
    return { notYet: "the last comparison failed, before this or now" };
  } catch {
    return "bad";
  }
}
