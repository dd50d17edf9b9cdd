/**
 * Looks for faults in a page that is open in the browser: accessibility, overflow, lost focus.
 *
 * @module
 */
import axe from "axe-core/axe.min.js";
import type { OpenPage } from "./browser.ts";

/** The rules of WCAG 2.0 to 2.2, level A and AA, and what axe recommends in addition. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Runs in the page. The debugger brings it in, so that the page's own policy stays intact. */
const IN_PAGE = Deno.readTextFileSync(new URL("./in_page.js", import.meta.url));

const MAX_STOPS = 2_000;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly any: readonly { readonly message: string }[];
    readonly all: readonly { readonly message: string }[];
  }[];
}

/** Returns every fault of a page, in words. A sound page has none. */
export async function faultsOf({ page, complaints }: OpenPage): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate<Violation[]>(
    `axe.run({ resultTypes: ["violations"], runOnly: ${JSON.stringify(RULES)} })
      .then(({ violations }) => violations)`,
  );
  return [...complaints, ...await layoutFaults({ page }), ...violations.flatMap(inWords)];
}

/** Returns what does not fit: the page into the window, or a card into its place. */
export async function layoutFaults({ page }: Pick<OpenPage, "page">): Promise<string[]> {
  return await page.evaluate<string[]>(`${IN_PAGE}; overflow()`);
}

function inWords({ id, nodes }: Violation): string[] {
  return nodes.map(({ target, any, all }) =>
    `${id}: ${target.join(" ")} ${any[0]?.message ?? all[0]?.message ?? ""}`.trim()
  );
}

/** A place where the focus stops. */
export interface Stop {
  /** The element: its tag and its name. */
  readonly name: string;
  /** Why a reader cannot see where the focus is; null when it is visible. */
  readonly invisible: string | null;
}

/** Presses Tab until the focus has been everywhere. Returns the stops, first to last. */
export async function tabThrough({ page }: Pick<OpenPage, "page">): Promise<Stop[]> {
  const stops: Stop[] = [];
  while (stops.length < MAX_STOPS) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate<Stop | null>(`${IN_PAGE}; focused()`);
    if (stop === null) return stops;
    stops.push(stop);
  }
  throw new Error(`the focus is still moving after ${MAX_STOPS} stops`);
}

/** Returns the names of what a mouse can use. */
export async function controlsOf({ page }: Pick<OpenPage, "page">): Promise<string[]> {
  return await page.evaluate<string[]>(`${IN_PAGE}; controls()`);
}
