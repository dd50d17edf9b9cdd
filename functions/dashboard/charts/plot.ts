/**
 * Charts as SVG text, drawn by Observable Plot over linkedom. Nothing in them needs an inline style, so a
 * strict Content-Security-Policy holds, and dark mode is the stylesheet's.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** One document serves every chart: nothing is attached to it. */
const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
  readonly document: Plot.PlotOptions["document"];
};

/** The element that linkedom returns, as far as it is used here. */
interface Element {
  readonly outerHTML: string;
  querySelectorAll(selector: string): Iterable<Element>;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
}

/** Attributes of inner groups that say less than the label of the chart. */
const INNER = ["aria-label", "aria-hidden", "aria-description", "style"];
const OUTER = ["font-family", "font-size", "style", "fill"];

/** Draws a chart. `label` says what it shows, for those who do not see it. */
export function drawPlot(kind: string, label: string, options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    ...options,
    document,
    className: "plot",
  }) as unknown as Element;
  for (const style of svg.querySelectorAll("style")) style.remove();
  for (const inner of svg.querySelectorAll(INNER.map((name) => `[${name}]`).join())) {
    for (const name of INNER) inner.removeAttribute(name);
  }
  for (const name of OUTER) svg.removeAttribute(name);
  svg.setAttribute("class", `plot ${kind}`);
  svg.setAttribute("role", "img");
  // linkedom escapes text, but of an attribute only the quotes.
  svg.setAttribute("aria-label", label.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
  // The arrow keys lead through its marks: see assets/charts.js.
  if ([...svg.querySelectorAll("title")].length > 0) svg.setAttribute("tabindex", "0");
  // Tenths of a pixel are enough: half the bytes of a map.
  return withoutLinks(svg.outerHTML).replace(/(\d+\.\d)\d+/g, "$1").replace(/xmlns="[^"]+" /, "");
}

/**
 * Turns links into groups that assets/charts.js follows: a picture has no links for screen readers, and the
 * table below it has them.
 */
function withoutLinks(svg: string): string {
  return svg.replaceAll(
    /<a\b[^>]*?\bhref="([^"]*)"[^>]*>/g,
    (_, address: string) => `<g data-rows="${address.replaceAll("&", "&amp;")}">`,
  ).replaceAll("</a>", "</g>");
}

/**
 * Draws a chart for desktops and one for phones. The stylesheet shows one of them: a chart that is scaled
 * has text that nobody can read.
 */
export function drawBoth(draw: (kind: "wide" | "narrow") => string): string {
  return draw("wide") + draw("narrow");
}

/** The options of grid lines. */
export const GRID = { stroke: "var(--grid)", strokeOpacity: 1 } as const;

/** The options of axes. The unit is in the subtitle of the card. */
export const AXIS = { tickSize: 0, fill: "var(--ink-2)", label: null } as const;

/** How far a hit area reaches, and what it says. */
export interface Hit<T> {
  readonly x1: (datum: T) => Date | number;
  readonly x2: (datum: T) => Date | number;
  /** The top of the chart. */
  readonly y2: number;
  readonly title: (datum: T) => string;
}

/** Invisible columns, as high as the chart, that say what is below the pointer. */
export function hits<T>(data: readonly T[], { x1, x2, y2, title }: Hit<T>): Plot.Markish {
  return Plot.rect([...data], { x1, x2, y1: 0, y2, title, fill: "transparent", className: "hits" });
}
