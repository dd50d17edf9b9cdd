/**
 * Looks at a page of a dashboard as a person would: on a phone and on a desktop, in light and dark.
 *
 * @module
 */
import { type OpenPage, openPage, type View } from "./browser.ts";
import { faultsOf, layoutFaults } from "./inspect.ts";
import { photograph } from "./pictures.ts";
import type { ServedDashboard } from "./pipeline.ts";

/** A page of a dashboard. */
export interface Place {
  /** The path, with its query. */
  readonly path: string;
  /** The status that is expected; 200 by default. */
  readonly status?: number;
}

/** Widths at which a page must fit: a small phone, between the breakpoints, a large screen. */
const OTHER_WIDTHS = [320, 520, 700, 900, 1050, 1920];

/** Opens a page as someone who has logged in. */
export async function openPlace(
  { url, context }: ServedDashboard,
  { path, status }: Place,
  view: View,
): Promise<OpenPage> {
  return await openPage(url + path, { ...view, status, context });
}

/** Returns the faults of a page in these views, and writes its pictures. */
export async function faultsAt(
  served: ServedDashboard,
  name: string,
  place: Place,
  views: readonly View[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const view of views) {
    await using open = await openPlace(served, place, view);
    await photograph(open, name, view);
    const found = await faultsOf(open);
    faults.push(...found.map((fault) => `${name} ${view.width} ${view.scheme}: ${fault}`));
  }
  return faults;
}

/** Returns what does not fit at any width. */
export async function overflowAt(
  served: ServedDashboard,
  name: string,
  place: Place,
): Promise<string[]> {
  await using open = await openPlace(served, place, { width: 1280, scheme: "light" });
  const faults: string[] = [];
  for (const width of OTHER_WIDTHS) {
    await open.page.setViewportSize({ width, height: 800 });
    const found = await layoutFaults(open);
    faults.push(...found.map((fault) => `${name} ${width}: ${fault}`));
  }
  return faults;
}
