// deno-lint-ignore-file no-import-prefix -- a copy of this file works without a deno.json
/**
 * Charts and tables for notebooks. Observable Plot draws without a browser, and a chart becomes a PNG: GitHub
 * breaks an SVG in a notebook, or does not show it.
 *
 * @module
 */
// A font cannot be imported. This makes Deno install its package.
import "npm:@expo-google-fonts/inter@^0.4.2/package.json" with { type: "json" };
import * as Plot from "npm:@observablehq/plot@~0.6.17";
import { initWasm, Resvg } from "npm:@resvg/resvg-wasm@^2.6.2";
import { parseHTML } from "npm:linkedom@~0.18.15";

export { Plot };

/** What a cell shows when it is its last value. */
export interface Shown {
  /** Returns the content by media type. Jupyter takes the best one that it can show. */
  [display](): Record<string, string>;
}

/** The method that the Deno kernel looks for. */
const display = Symbol.for("Jupyter.display");

/** The blue of the dashboard, and what it is compared with. */
export const ACCENT = "#2456c7", QUIET = "#a9c0f0";

const FONT = "npm:@expo-google-fonts/inter@^0.4.2/400Regular/Inter_400Regular.ttf";
const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
  readonly document: Plot.PlotOptions["document"];
};
const [font] = await Promise.all([
  Deno.readFile(new URL(import.meta.resolve(FONT))),
  Deno.readFile(new URL(import.meta.resolve("npm:@resvg/resvg-wasm@^2.6.2/index_bg.wasm")))
    .then(initWasm),
]);

/** The element that linkedom returns, as far as it is used here. */
interface Element {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** Draws a chart from the options of `Plot.plot()`. Legends are left out: label the marks instead. */
export function chart(options: Plot.PlotOptions): Shown {
  const svg = Plot.plot({
    width: 720,
    height: 280,
    marginTop: 28,
    marginBottom: 44,
    ...options,
    document,
    style: { fontFamily: "Inter", fontSize: "12px" },
  }) as unknown as Element;
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Resvg(svg.outerHTML, {
    background: "white",
    fitTo: { mode: "zoom", value: 1.5 },
    font: { fontBuffers: [font], defaultFontFamily: "Inter" },
  }).render();
  const png = image.asPng();
  return { [display]: () => ({ "image/png": base64(png), "text/plain": "chart" }) };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Shows rows as a table. Numbers have separators; text, also that of money, stays as it is. */
export function table(rows: readonly object[]): Shown {
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) =>
    names.map((name) => text((row as Record<string, unknown>)[name]))
  );
  return {
    [display]: () => ({
      "text/html": `<table><thead>${htmlRow("th", names)}</thead><tbody>${
        cells.map((row) => htmlRow("td", row)).join("")
      }</tbody></table>`,
      "text/plain": [names, ...cells].map((row) => row.join("\t")).join("\n"),
    }),
  };
}

function text(value: unknown): string {
  return typeof value === "number" ? value.toLocaleString("en-GB") : String(value ?? "");
}

function htmlRow(tag: string, cells: readonly string[]): string {
  const escaped = cells.map((cell) =>
    cell.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  );
  return `<tr>${escaped.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
}
