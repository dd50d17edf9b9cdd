/**
 * Opens pages in Chromium and keeps what goes wrong while they are shown. All tests of a module share
 * one browser; each page has a context of its own.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { CHROMIUM_MISSING, chromiumPath, startChromium } from "../../../../dev/chromium.ts";

/** Whether there is a Chromium. Without it, tests of pages are ignored, and the summary reports that. */
export const HAS_CHROMIUM = chromiumPath((name) => Deno.env.get(name)) !== null;

if (!HAS_CHROMIUM) console.warn(`note: pages are not tested in a browser: ${CHROMIUM_MISSING}`);

/** How a page is looked at. */
export interface View {
  /** The width of the window in CSS pixels. */
  readonly width: number;
  /** The colours that the reader prefers. */
  readonly scheme: "light" | "dark";
}

/** A phone and a desktop, in light and dark. */
export const VIEWS: readonly View[] = [1280, 390].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme }))
);

/** The views of the quick suite: each width and each scheme once. */
export const QUICK_VIEWS: readonly View[] = [
  { width: 1280, scheme: "light" },
  { width: 390, scheme: "dark" },
];

/** What a page can be opened with. */
export interface OpenOptions extends View {
  /** The status that is expected; 200 by default. */
  readonly status?: number;
  /** Anything else that a context takes: no JavaScript, forced colours, cookies. */
  readonly context?: BrowserContextOptions;
}

/** A page in the browser. */
export interface OpenPage extends AsyncDisposable {
  /** Playwright's page. */
  readonly page: Page;
  /** Errors and warnings in the console, failed requests, requests to other hosts. Grows. */
  readonly complaints: string[];
}

/** A height at which a phone and a laptop show a page without scrolling. */
const HEIGHTS = { phone: 844, desktop: 800 };
const PHONE_WIDTH = 640;

let browser: Promise<Browser> | undefined;

/** Declares a test that needs a browser. Chromium outlives it, and ends with its module. */
export function browserTest(
  name: string,
  fn: () => Promise<void>,
  declare: (test: Deno.TestDefinition) => void = Deno.test,
): void {
  declare({ name, fn, ignore: !HAS_CHROMIUM, sanitizeOps: false, sanitizeResources: false });
}

Deno.test.afterAll(async () => {
  await (await browser)?.close();
});

/** Opens a page and waits until it has loaded. */
export async function openPage(url: string, options: OpenOptions): Promise<OpenPage> {
  const { width, scheme, status = 200 } = options;
  const context = await (await (browser ??= startChromium())).newContext({
    viewport: { width, height: width < PHONE_WIDTH ? HEIGHTS.phone : HEIGHTS.desktop },
    colorScheme: scheme,
    // A page that still scrolls to the focus looks as if the focus was out of sight.
    reducedMotion: "reduce",
    ...options.context,
  });
  const page = await context.newPage();
  const complaints = listen(page, url, status);
  await page.goto(url, { waitUntil: "load" });
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

function listen(page: Page, url: string, status: number): string[] {
  const complaints: string[] = [];
  // Chromium repeats an unexpected status in the console. The status is compared below.
  const isRepeated = (text: string) => text.startsWith("Failed to load resource: the server");
  page.on("console", (message) => {
    const type = message.type();
    if (!["error", "warning"].includes(type) || isRepeated(message.text())) return;
    complaints.push(`console ${type}: ${message.text()}`);
  });
  page.on("pageerror", ({ message }) => complaints.push(`error: ${message}`));
  page.on("requestfailed", (request) => {
    complaints.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin === new URL(url).origin) return;
    complaints.push(`request to another host: ${request.url()}`);
  });
  page.on("response", (response) => {
    const expected = response.url() === url ? [status] : [200, 304];
    if (expected.includes(response.status()) || isRedirect(response.status())) return;
    complaints.push(`${response.status()} for ${response.url()}`);
  });
  return complaints;
}

function isRedirect(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304;
}

/** Serves an app on this machine for as long as its pages are open. */
export function serveApp(
  handler: (request: Request) => Response | Promise<Response>,
): { readonly url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
