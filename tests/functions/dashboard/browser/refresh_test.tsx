/** app.js keeps a page fresh, and the reader's place in it. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { createDashboard, type Part } from "../../../../functions/dashboard/app.tsx";
import { Page, type PageEnv } from "../../../../functions/dashboard/layout/page.tsx";
import { slowTest } from "../../../support/slow.ts";
import { accessOf, fakeDashboard, PASSWORD } from "../fake_dashboard.ts";
import { browserTest, type OpenPage, openPage, serveApp } from "./browser.ts";

const VIEW = { width: 390, scheme: "light" } as const;

/** A page that says how often it was made, unless it stays the same. */
function livePart(state: { made: number; readonly stays?: boolean }): Part {
  return ["Operations", () => {
    const app = new Hono<PageEnv>();
    app.get("/", (context) => {
      state.made++;
      const text = state.stays ? "the same" : `made ${state.made}`;
      return context.html(
        <Page frame={context.get("frame")} title={text} section="Operations" refresh={1} tone="ok">
          <h1>{text}</h1>
          <p>
            <a href="#a">link a</a> <a href="#b">link b</a>
          </p>
          <div class="scroll" tabindex={0} role="region" aria-label="a wide table">
            <table>
              <tr>{Array.from({ length: 60 }, (_, i) => <td>{`cell ${i}`}</td>)}</tr>
            </table>
          </div>
          <details>
            <summary>more</summary>
            <p>text</p>
          </details>
          {Array.from({ length: 80 }, (_, i) => <p>{`line ${i}`}</p>)}
        </Page>,
      );
    });
    return app;
  }];
}

async function openLive(state: { made: number; stays?: boolean } = { made: 0 }) {
  const dashboard = await createDashboard(fakeDashboard(), "everyone", [livePart(state)]);
  const app = serveApp((request) => dashboard.fetch(request));
  const open = await openPage(`${app.url}/`, VIEW);
  return {
    ...open,
    state,
    app,
    [Symbol.asyncDispose]: async () => {
      await open[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1_000));
const heading = ({ page }: Pick<OpenPage, "page">) => page.locator("h1").textContent();

browserTest("a page is replaced in place: scroll, focus and scrolled tables stay", async () => {
  await using open = await openLive();
  const { page, state } = open;
  await page.evaluate("scrollTo(0, 300); document.querySelector('.scroll').scrollLeft = 120");
  await page.evaluate("document.querySelector('a[href=\"#b\"]').focus({ preventScroll: true })");
  await page.getByText(/^made [2-9]/).waitFor();
  assertEquals(
    await page.evaluate(
      "[scrollY, document.querySelector('.scroll').scrollLeft, document.activeElement.textContent]",
    ),
    [300, 120, "link b"],
  );
  assertEquals(await page.title(), `made ${state.made} · totesys`);
  assertEquals(open.complaints, []);
});

browserTest("a page that has not changed is left alone", async () => {
  await using open = await openLive({ made: 0, stays: true });
  await open.page.evaluate("document.querySelector('h1').dataset.mine = 'yes'; window.mine = 1");
  // The mark makes it differ: it is replaced once, and then stays.
  await seconds(1.5);
  await open.page.evaluate("window.first = document.querySelector('h1')");
  await seconds(2.2);
  assertEquals(await open.page.evaluate("window.first === document.querySelector('h1')"), true);
  assertEquals(await open.page.evaluate("window.mine"), 1, "no reload");
}, slowTest);

browserTest("a page waits while someone reads a table or has selected text", async () => {
  await using open = await openLive();
  const { page } = open;
  await page.locator("summary").click();
  const before = await heading(open);
  await seconds(2.2);
  assertEquals(await heading(open), before);
  await page.locator("summary").click();
  await page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))");
  const selected = await heading(open);
  await seconds(2.2);
  assertEquals(await heading(open), selected);
  await page.evaluate("getSelection().removeAllRanges()");
  await seconds(1.6);
  assertEquals(await heading(open) === selected, false);
}, slowTest);

browserTest("a page whose session has ended shows the login page", async () => {
  let password = PASSWORD;
  const access = accessOf({ password: { get: () => Promise.resolve(password) } });
  const dashboard = await createDashboard(fakeDashboard(), access, [livePart({ made: 0 })]);
  await using app = serveApp((request) => dashboard.fetch(request));
  await using open = await openPage(`${app.url}/`, VIEW);
  await open.page.keyboard.type(PASSWORD);
  await open.page.keyboard.press("Enter");
  await open.page.getByText(/^made [2-9]/).waitFor();
  password = "another long password";
  await open.page.getByRole("heading", { name: "Log in" }).waitFor();
  // What the script saw of the redirect.
  assertEquals(open.complaints, [`request failed: ${app.url}/login net::ERR_ABORTED`]);
}, slowTest);

browserTest("a page whose server does not answer says since when, until it answers", async () => {
  await using open = await openLive();
  await open.page.context().setOffline(true);
  await open.page.locator(".asof[data-late]").waitFor();
  await open.page.context().setOffline(false);
  await open.page.locator(".asof:not([data-late])").waitFor();
}, slowTest);

browserTest("without a script, a page is whole", async () => {
  const dashboard = await createDashboard(fakeDashboard(), "everyone", [livePart({ made: 0 })]);
  await using app = serveApp((request) => dashboard.fetch(request));
  await using open = await openPage(`${app.url}/`, {
    ...VIEW,
    context: { javaScriptEnabled: false },
  });
  assertEquals(await heading(open), "made 1");
  assertEquals(open.complaints, []);
});
