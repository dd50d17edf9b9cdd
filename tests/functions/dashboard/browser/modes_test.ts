/** The pages for those who use no mouse, no script or no colours, and on paper. */
import { assert, assertEquals } from "@std/assert";
import { slowTest } from "../../../support/slow.ts";
import { browserTest, type OpenOptions, openPage, VIEWS } from "./browser.ts";
import { controlsOf, faultsOf, layoutFaults, tabThrough } from "./inspect.ts";
import { photograph } from "./pictures.ts";
import { openPipeline, type ServedDashboard } from "./pipeline.ts";
import { PLACES } from "./places.ts";
import { STATES } from "./states.ts";

/** A state in which pages have most of what they can have. All tests of this module only look at it. */
const STATE = "quarantine";
const stack = new AsyncDisposableStack();
let served: Promise<ServedDashboard> | undefined;

async function serve(): Promise<ServedDashboard> {
  const pipeline = stack.use(await openPipeline());
  return stack.use(await pipeline.serve(await STATES[STATE](pipeline)));
}

Deno.test.afterAll(() => stack.disposeAsync());

const [DESKTOP, DARK, PHONE] = VIEWS;

/** Opens every page, one after the other. */
async function* pages(options: OpenOptions) {
  const { url, context } = await (served ??= serve());
  for (const [name, path] of Object.entries(PLACES)) {
    await using open = await openPage(url + path, {
      ...options,
      context: { ...context, ...options.context },
    });
    yield { name, ...open };
  }
}

/** Declares a test of every page, which returns what is wrong with one. */
function modeTest(
  name: string,
  options: OpenOptions,
  faultsOfPage: (
    open: { name: string } & Awaited<ReturnType<typeof openPage>>,
  ) => Promise<string[]>,
): void {
  browserTest(name, async () => {
    const faults: string[] = [];
    for await (const open of pages(options)) {
      faults.push(...(await faultsOfPage(open)).map((fault) => `${open.name}: ${fault}`));
    }
    assertEquals(faults, []);
  }, slowTest);
}

for (const view of [DESKTOP, DARK, PHONE]) {
  modeTest(
    `the keyboard reaches every control and shows where it is: ${view.width} ${view.scheme}`,
    view,
    async (open) => {
      const stops = await tabThrough(open);
      const reached = stops.map(({ name }) => name);
      const missed = (await controlsOf(open)).filter((name) => !reached.includes(name));
      const lost = stops.flatMap(({ name, invisible }) =>
        invisible ? [`${name}: ${invisible}`] : []
      );
      assertEquals(reached[0], "a.skip Skip to content");
      return [...missed.map((name) => `${name} is not reached`), ...lost];
    },
  );
}

modeTest("the first link leads past the navigation", DESKTOP, async ({ page }) => {
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inMain = await page.evaluate<boolean>("Boolean(document.activeElement.closest('main'))");
  return inMain ? [] : ["the next stop is not in the content"];
});

modeTest(
  "every table below a chart opens and closes with the keyboard",
  DESKTOP,
  async ({ page }) => {
    for (const summary of await page.locator("summary").all()) {
      await summary.focus();
      await page.keyboard.press("Enter");
    }
    const closed = await page.locator("details:not([open])").count();
    return closed === 0 ? [] : [`${closed} stay closed`];
  },
);

modeTest("opened tables fit and are accessible", PHONE, async (open) => {
  await open.page.evaluate(
    "for (const one of document.querySelectorAll('details')) one.open = true",
  );
  await photograph(open, `${open.name}-opened`, PHONE);
  return await faultsOf(open);
});

modeTest("pages work without a script", {
  ...DESKTOP,
  context: { javaScriptEnabled: false },
}, async (open) => {
  await photograph(open, `${open.name}-no-script`, DESKTOP);
  const copy = await open.page.locator("button[data-copy]:visible").count();
  return [...copy === 0 ? [] : ["a Copy button shows that cannot work"], ...open.complaints];
});

modeTest("pages keep their meaning in the reader's own colours", {
  ...DARK,
  context: { forcedColors: "active" },
}, async (open) => {
  await photograph(open, `${open.name}-forced-colors`, DARK);
  return await faultsOf(open);
});

modeTest("pages fit on paper, without what cannot be used there, on white", DARK, async (open) => {
  const { page } = open;
  await page.emulateMedia({ media: "print" });
  // A4 less its margins.
  await page.setViewportSize({ width: 703, height: 1000 });
  await photograph(open, `${open.name}-print`, { ...DARK, width: 703 });
  const usable = await page.locator("nav, button, .skip, summary").filter({ visible: true })
    .count();
  const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  return [
    ...await layoutFaults(open),
    ...usable === 0 ? [] : [`${usable} controls are printed`],
    ...ground === "rgb(255, 255, 255)" ? [] : [`the ground is ${ground}`],
  ];
});

browserTest("the Copy button copies the command, and says so", async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  for await (const { page, name } of pages({ ...DESKTOP, context: { permissions } })) {
    const button = page.locator("button[data-copy]:visible").first();
    if (await button.count() === 0) continue;
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByText("Copied").first().waitFor();
    const copied = await page.evaluate<string>("navigator.clipboard.readText()");
    assertEquals(copied, await button.getAttribute("data-copy"), name);
    return;
  }
  assert(false, "no page has a Copy button");
}, slowTest);
