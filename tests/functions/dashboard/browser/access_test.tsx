/** The login page and the pages that take the place of others, in the browser. */
import { assertEquals, assertMatch } from "@std/assert";
import { Hono } from "hono";
import { createDashboard, type Part } from "../../../../functions/dashboard/app.tsx";
import type { PageEnv } from "../../../../functions/dashboard/layout/page.tsx";
import { WarehouseError } from "../../../../sdk/errors.ts";
import { accessOf, captureLog, fakeDashboard, PASSWORD } from "../fake_dashboard.ts";
import { browserTest, openPage, QUICK_VIEWS, serveApp } from "./browser.ts";
import { faultsOf, tabThrough } from "./inspect.ts";
import { photograph } from "./pictures.ts";

browserTest("the login page has no faults, also after a wrong password", async () => {
  using _log = captureLog();
  const dashboard = await createDashboard(fakeDashboard(), accessOf());
  await using app = serveApp((request) => dashboard.fetch(request));
  for (const view of QUICK_VIEWS) {
    await using open = await openPage(`${app.url}/login`, view);
    assertEquals(await faultsOf(open), []);
    await photograph(open, "login", view);
    assertEquals(await open.page.evaluate("document.activeElement.id"), "password");
    await open.page.keyboard.type("a wrong password");
    await open.page.keyboard.press("Enter");
    await open.page.getByRole("alert").waitFor();
    open.complaints.splice(0); // 403
    assertEquals(await faultsOf(open), []);
    await photograph(open, "login_wrong", view);
    await open.page.keyboard.type(PASSWORD);
    await open.page.keyboard.press("Enter");
    await open.page.getByRole("button", { name: "Sign out" }).click();
    await open.page.getByRole("heading", { name: "Log in" }).waitFor();
  }
});

browserTest("every control of the login page is reached by keyboard", async () => {
  const dashboard = await createDashboard(fakeDashboard(), accessOf());
  await using app = serveApp((request) => dashboard.fetch(request));
  await using open = await openPage(`${app.url}/login`, QUICK_VIEWS[0]);
  const stops = await tabThrough(open);
  assertEquals(stops.filter(({ invisible }) => invisible !== null), []);
  // The focus begins at the password: the button comes next.
  assertEquals(stops.map(({ name }) => name), ["button Log in"]);
});

browserTest("a page that failed and a page that does not exist have no faults", async () => {
  using _log = captureLog();
  const query = () =>
    Promise.reject(
      new WarehouseError(
        "the dashboard cannot read the warehouse: connect ECONNREFUSED 127.0.0.1:5432",
        {
          next: "check the host and port in the URL, and that the server is running",
          retryable: true,
        },
      ),
    );
  const reading: Part = ["Operations", ({ warehouse }) => {
    const app = new Hono<PageEnv>();
    return app.get("/", async (context) => context.json(await warehouse.query("SELECT 1")));
  }];
  const warehouse = { query } as never;
  const failing = await createDashboard(fakeDashboard({ warehouse }), "everyone", [reading]);
  const empty = await createDashboard(fakeDashboard(), "everyone", []);
  for (const [name, app, status] of [["failed", failing, 503], ["missing", empty, 404]] as const) {
    await using served = serveApp((request) => app.fetch(request));
    for (const view of QUICK_VIEWS) {
      await using open = await openPage(`${served.url}/`, { ...view, status });
      assertEquals(await faultsOf(open), []);
      await photograph(open, name, view);
      assertMatch(await open.page.title(), /· totesys$/);
    }
  }
});
