/** Charts say what is below the pointer, or chosen by the arrow keys. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { Hono } from "hono";
import { raw } from "hono/html";
import { drawOverTime } from "../../../../functions/dashboard/charts/over_time.ts";
import { drawLag } from "../../../../functions/dashboard/charts/lag.ts";
import { Strip } from "../../../../functions/dashboard/charts/strip.tsx";
import { Card } from "../../../../functions/dashboard/layout/card.tsx";
import { Page as Frame, type PageEnv } from "../../../../functions/dashboard/layout/page.tsx";
import { startDashboard } from "../fake_dashboard.ts";
import { browserTest, openPage, serveApp } from "./browser.ts";
import { faultsOf } from "./inspect.ts";

const DESKTOP = { width: 1280, scheme: "light" } as const;
const MINUTE_MS = 60_000;
const START = Date.parse("2026-11-27T00:00:00Z");

const RUNS = [36, 71, 454].map((elapsed_ms, i) => ({
  time: `14:0${i}`,
  failed: false,
  elapsed_ms,
  stages_ms: [elapsed_ms, 0, 0, 0],
  rows: i,
  title: `run ${i}`,
}));
const INTERVALS = [1, 20, 1].map((minutes, i) => ({
  from: new Date(START + i * 5 * MINUTE_MS),
  to: new Date(START + (i + 1) * 5 * MINUTE_MS),
  behind_ms: minutes * MINUTE_MS,
}));

const STEPS = [3, 5, 4].map((amount, i) => ({
  until: `2026-11-2${i + 1}`,
  amount,
  before: 2,
  href: `/rows?day=${i + 1}`,
}));

function sales(days: number): string {
  const [short, tick] = [String, String];
  return drawOverTime({ steps: STEPS, days, label: "Sales.", isWide: false, short, tick });
}

function chartPages() {
  const app = new Hono<PageEnv>();
  app.get("/rows", (context) =>
    context.html(
      <Frame frame={context.get("frame")} title="Rows">
        <h1>Rows</h1>
      </Frame>,
    ));
  app.get("/:kind?", (context) =>
    context.html(
      <Frame
        frame={context.get("frame")}
        title="Charts"
        refresh={context.req.param("kind") === "still" ? undefined : 1}
      >
        <h1>Charts</h1>
        <Card id="runs" span={12} title="Runs">
          <Strip runs={RUNS} label="Columns: three runs." outage={String} />
        </Card>
        <Card id="days" span={4} title="Days">{raw(sales(1))}</Card>
        <Card id="weeks" span={4} title="Weeks">{raw(sales(7))}</Card>
        <Card id="lag" span={7} title="Lag">
          {raw(drawLag({
            intervals: INTERVALS,
            objective_ms: 30 * MINUTE_MS,
            height: 300,
            label: "Line: lag.",
          }))}
        </Card>
      </Frame>,
    ));
  return app;
}

async function withCharts(
  body: (page: Page) => Promise<void>,
  context: Parameters<typeof openPage>[1]["context"] = {},
  path = "/",
) {
  const ask = await startDashboard("everyone", { parts: [["Operations", chartPages]] });
  await using app = serveApp((request) => ask(new URL(request.url).pathname, request));
  await using open = await openPage(`${app.url}${path}`, { ...DESKTOP, context });
  await body(open.page);
  assertEquals(await faultsOf(open), []);
}

const tipOf = async (page: Page) =>
  await page.locator(".tip").isVisible() ? await page.locator(".tip").textContent() : null;

browserTest("a chart says what is below the mouse, and nothing when it has left", async () => {
  await withCharts(async (page) => {
    const columns = page.locator("#runs .hits rect");
    await columns.nth(2).hover();
    assertEquals(await tipOf(page), "run 2");
    await columns.nth(0).hover();
    assertEquals(await tipOf(page), "run 0");
    assertEquals(
      await page.locator("#runs title").count(),
      0,
      "the browser shows no tooltip of its own",
    );
    await page.locator("h1").hover();
    assertEquals(await tipOf(page), null);
  });
});

browserTest("a tap shows what is below the finger, a tap elsewhere hides it", async () => {
  await withCharts(async (page) => {
    await page.locator("#lag .wide .hits rect").nth(1).tap();
    assertEquals(await tipOf(page), "00:05 to 00:10: at worst 20\u202fmin");
    await page.locator("h1").tap();
    assertEquals(await tipOf(page), null);
  }, { hasTouch: true });
});

browserTest("the arrow keys lead through a chart, from its end", async () => {
  await withCharts(async (page) => {
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      return await tipOf(page);
    };
    while (await page.locator("#runs svg:focus").count() === 0) await page.keyboard.press("Tab");
    assertEquals(await tipOf(page), "run 2");
    assertEquals(await press("ArrowLeft"), "run 1");
    assertEquals(await press("ArrowLeft", "ArrowLeft"), "run 0");
    assertEquals(await press("End"), "run 2");
    assertEquals(await press("Home"), "run 0");
    assertEquals(await press("Escape"), null);
    assertEquals(await press("ArrowRight"), "run 0");
    assertEquals(await press("Tab"), "23\u202fNov: 4, before 2");
    assertEquals(await press("Tab", "Tab"), "00:10 to 00:15: at worst 60\u202fs");
  });
});

browserTest("a refresh hides what a chart of before said", async () => {
  await withCharts(async (page) => {
    await page.locator("#runs .hits rect").nth(1).hover();
    assertEquals(await tipOf(page), "run 1");
    await page.waitForFunction(() =>
      (globalThis as unknown as { document: { querySelectorAll(q: string): { length: number } } })
        .document.querySelectorAll("#runs title").length === 3
    );
    assertEquals(await tipOf(page), null);
  });
});

browserTest("a narrow card shows the narrow form of a chart, and only that", async () => {
  await withCharts(async (page) => {
    assert(await page.locator("#lag .wide").isVisible());
    await page.setViewportSize({ width: 390, height: 844 });
    assert(await page.locator("#lag .narrow").isVisible());
    assert(!await page.locator("#lag .wide").isVisible());
  });
});

/** The day whose rows are shown; null on the page with the charts. */
const dayOf = (page: Page) => new URL(page.url()).searchParams.get("day");

browserTest("a click on a column opens the rows behind it", async () => {
  await withCharts(async (page) => {
    await page.locator("#days [data-rows] rect").nth(1).click();
    await page.waitForURL("**/rows?*");
    assertEquals(dayOf(page), "2");
  });
});

browserTest("a click next to a point of a line opens the rows behind it", async () => {
  await withCharts(
    async (page) => {
      const point = page.locator("#weeks [data-rows] circle").nth(0);
      await point.hover();
      const { x, y } = (await point.boundingBox())!;
      await page.mouse.click(x - 3, y - 3);
      await page.waitForURL("**/rows?*");
      assertEquals(dayOf(page), "1");
    },
    {},
    "/still",
  );
});

browserTest("Enter opens the rows of the mark that the arrow keys have chosen", async () => {
  await withCharts(async (page) => {
    while (await page.locator("#days svg:focus").count() === 0) await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/rows?*");
    assertEquals(dayOf(page), "2");
  });
});

browserTest(
  "a finger's first touch of a column says what it is, the second opens its rows",
  async () => {
    await withCharts(
      async (page) => {
        const column = page.locator("#days [data-rows] rect").nth(2);
        await column.tap();
        assertEquals(await tipOf(page), "23\u202fNov: 4, before 2");
        assertEquals(dayOf(page), null);
        await column.tap();
        await page.waitForURL("**/rows?*");
        assertEquals(dayOf(page), "3");
      },
      { hasTouch: true },
      "/still",
    );
  },
);
