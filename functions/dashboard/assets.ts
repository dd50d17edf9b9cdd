/**
 * The stylesheet, the script and the icons. Their addresses carry a hash of their content, so browsers
 * keep them for good.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A file that pages refer to. */
export interface Asset {
  /** The path that it is served at. */
  readonly path: string;
  /** Its media type. */
  readonly type: string;
  /** Its content. */
  readonly body: string;
}

/** The parts of the stylesheet, in order: later rules override earlier ones. */
const STYLES = [
  "tokens",
  "base",
  "frame",
  "controls",
  "card",
  "status",
  "tables",
  "charts",
  "operations",
  "business",
  "catalogue",
  "access",
  "print",
];

/** The parts of the script. */
const SCRIPTS = ["app", "charts"];

/** What the browser's tab shows. */
export const TONES = ["ok", "warn", "bad", "idle"] as const;

/** The tone of a part of a page: good, a warning, bad or neutral. */
export type Tone = typeof TONES[number];

const BADGES: Readonly<Record<Tone, readonly [color: string, badge: string]>> = {
  ok: ["#0b7a5b", ""],
  warn: ["#b86a00", ""],
  bad: ["#d92d3a", '<path stroke="#d92d3a" stroke-width="3" d="M11 11l6 6M17 11l-6 6"/>'],
  idle: ["#2456c7", ""],
};

/** The files that pages refer to. */
export interface Assets {
  readonly style: Asset;
  readonly script: Asset;
  readonly icons: Readonly<Record<Tone, Asset>>;
}

/** Reads the files, once per process. */
export function loadAssets(): Promise<Assets> {
  return loaded ??= readAssets();
}

let loaded: Promise<Assets> | undefined;

async function readAssets(): Promise<Assets> {
  const styles = await Promise.all(STYLES.map((name) => read(`${name}.css`)));
  const scripts = await Promise.all(SCRIPTS.map((name) => read(`${name}.js`)));
  const icon = (tone: Tone) => asset(`icon-${tone}`, "svg", "image/svg+xml", iconOf(tone));
  return {
    style: asset("style", "css", "text/css; charset=utf-8", styles.join("\n")),
    script: asset("app", "js", "text/javascript; charset=utf-8", scripts.join("\n")),
    icons: Object.fromEntries(TONES.map((tone) => [tone, icon(tone)])) as Record<Tone, Asset>,
  };
}

async function read(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`assets/${name}`, import.meta.url));
}

function asset(name: string, extension: string, type: string, body: string): Asset {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  return { path: `/assets/${name}-${hash}.${extension}`, type, body };
}

/** The icon shows the tone by colour and by the shape of a badge. */
function iconOf(tone: Tone): string {
  const [color, badge] = BADGES[tone];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18">` +
    `<path fill="${color}" d="M2.5 6.5h13l-1 10h-11z"/>` +
    `<path fill="none" stroke="${color}" stroke-width="1.6" d="M6 8V5a3 3 0 0 1 6 0v3"/>` +
    `${badge}</svg>`;
}
