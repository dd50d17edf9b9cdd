/**
 * Whether what was deployed works: it says so itself.
 *
 * @module
 */
import { EtlError } from "../../sdk/errors.ts";

/** How long to ask: the next tick, which forgets a failure that was, comes within a minute. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 5_000;
const ANSWER_MS = 20_000;

/** How patient to be. */
export interface SmokeOptions {
  readonly patience_ms?: number;
  readonly pause_ms?: number;
}

/**
 * Asks until the deployment says that it is well, and returns what it says. A first load may take
 * longer than anybody waits: that it has begun is enough.
 *
 * @throws {EtlError}
 */
export async function smokeCheck(
  url: string,
  { patience_ms = PATIENCE_MS, pause_ms = PAUSE_MS }: SmokeOptions = {},
): Promise<string> {
  const health = new URL("/health", url).href;
  const until = Date.now() + patience_ms;
  while (true) {
    const { well, said } = await askOnce(health);
    if (well === true) return said;
    if (Date.now() + pause_ms < until) {
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
      continue;
    }
    if (typeof well === "string") return `${said}: ${well}; look again in a while`;
    throw new EtlError(`${health} says: ${said}`, {
      stage: "smoke check",
      next: "deno deploy logs; nothing there? is the app connected with its role in AWS? " +
        "docs/deploy.md says how",
    });
  }
}

interface Answer {
  /** Whether it is; or why it is not yet, when that is no fault of this deployment. */
  readonly well: boolean | string;
  readonly said: string;
}

async function askOnce(health: string): Promise<Answer> {
  try {
    const response = await fetch(health, { signal: AbortSignal.timeout(ANSWER_MS) });
    const text = (await response.text()).trim();
    return { well: response.ok || excuseOf(text), said: `${response.status} ${text}` };
  } catch (error) {
    return { well: false, said: (error as Error).message };
  }
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
