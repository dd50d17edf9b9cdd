/** A page that is left open follows the pipeline. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { slowTest } from "../../../support/slow.ts";
import { browserTest, openPage } from "./browser.ts";
import { openPipeline, UNREACHABLE } from "./pipeline.ts";
import { STATES } from "./states.ts";

const PERIOD = "02:00";
const MAX_PERIODS = 100;

browserTest(
  "an open page shows that the source is down, in its verdict, title and icon",
  async () => {
    await using pipeline = await openPipeline();
    await using served = await pipeline.serve(await STATES.fresh(pipeline));
    const { url, context } = served;
    await using open = await openPage(`${url}/`, { width: 1280, scheme: "light", context });
    const { page } = open;
    await page.clock.install();
    await page.reload();
    await page.evaluate("globalThis.isSamePage = true");
    const icon = () => page.locator("link[rel=icon]").getAttribute("href");
    const before = { icon: await icon(), verdict: await page.innerText("h1") };
    await pipeline.run("extract", { SOURCE_URL: UNREACHABLE });
    for (let n = 0; n < MAX_PERIODS && !(await page.title()).startsWith("✕"); n++) {
      await page.clock.runFor(PERIOD);
    }
    assertMatch(await page.title(), /^✕/);
    assertNotEquals(await page.innerText("h1"), before.verdict);
    assertNotEquals(await icon(), before.icon);
    assertEquals(await page.evaluate("globalThis.isSamePage"), true);
  },
  slowTest,
);
