/**
 * Whether what was deployed works: it says so itself.
 *
 * @module
 */
import { EtlError } from "../../sdk/errors.ts";
import { interruption, unlessInterrupted } from "./interruption.ts";

/** How long to ask: the next tick, which forgets a failure that was, comes within a minute. */
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
    const { well, said } = await askOnce(health, since);
    if (well === true) return said;
    if (Date.now() + pause_ms < until) {
      await unlessInterrupted(new Promise((resolve) => setTimeout(resolve, pause_ms)));
      continue;
    }
    if (typeof well === "string") return `${said}: ${well}; look again in a while`;
    throw new EtlError(`${health} says: ${said}`, {
      stage: "smoke check",
      next: `deno deploy logs; nothing there? is the app connected with its role? ${connection}`,
    });
  }
}

interface Answer {
  /** Whether it is; or why it is not yet, when that is no fault of this deployment. */
  readonly well: boolean | string;
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
    const well = response.ok
      ? isNewer(text, since.getTime() + ahead) || "no tick has come since this deployment"
      : excuseOf(text);
    return { well, said: `${response.status} ${text}` };
  } catch (error) {
    interruption.throwIfAborted();
    return { well: false, said: (error as Error).message };
  }
}

function isNewer(text: string, since_ms: number): boolean {
  return Date.parse(JSON.parse(text).fresh_as_of) > since_ms;
}

/** Why it may be well all the same. A comparison comes once an hour, and until then it has failed. */
function excuseOf(text: string): string | false {
  try {
    const { status, failing } = JSON.parse(text);
    if (status === "starting") return "the first load goes on";
    return String(failing) === "reconcile" && "the last comparison failed, before this or now";
  } catch {
    return false;
  }
}
