/** What every answer of the dashboard promises, whatever the request. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import type { Part } from "../../../functions/dashboard/app.tsx";
import { loadAssets } from "../../../functions/dashboard/assets.ts";
import { Page, type PageEnv } from "../../../functions/dashboard/layout/page.tsx";
import { ConfigurationError, WarehouseError } from "../../../sdk/errors.ts";
import {
  accessOf,
  type Ask,
  basic,
  BROWSER,
  captureLog,
  loginForm,
  PASSWORD,
  startDashboard,
} from "./fake_dashboard.ts";

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

/** A part with a page that works and pages that fail. */
function partOf(failures: Readonly<Record<string, unknown>> = {}): Part {
  return ["Operations", () => {
    const app = new Hono<PageEnv>();
    app.get("/", (context) =>
      context.html(
        <Page frame={context.get("frame")} title={HOSTILE} section="Operations">
          {HOSTILE}
        </Page>,
      ));
    app.get("/data.csv", (context) => context.text("a,b\n", 200, { "content-type": "text/csv" }));
    for (const [path, error] of Object.entries(failures)) {
      app.get(path, () => {
        throw error;
      });
    }
    return app;
  }];
}

Deno.test("every answer has the security headers: pages, assets, redirects, errors", async () => {
  using _log = captureLog();
  const { style, icons } = await loadAssets();
  const parts = [partOf({ "/fails": new WarehouseError("down"), "/bug": new TypeError("bug") })];
  const ask = await startDashboard(accessOf(), { parts });
  const headers = { ...BROWSER, ...basic(PASSWORD) };
  const answers: [path: string, how: Ask, status: number][] = [
    ["/", { headers }, 200],
    ["/", { method: "HEAD", headers }, 200],
    ["/data.csv", { headers }, 200],
    [style.path, {}, 200],
    [icons.ok.path, {}, 200],
    ["/robots.txt", {}, 200],
    ["/login", {}, 200],
    ["/", { headers: BROWSER }, 302],
    ["/login", loginForm(PASSWORD), 303],
    ["/", {}, 401],
    ["/login", loginForm("a wrong password"), 403],
    ["/nothing", { headers }, 404],
    ["/", { method: "DELETE", headers }, 405],
    ["/login", { method: "POST", body: "x".repeat(9_000) }, 413],
    ["/" + "x".repeat(9_000), { headers }, 414],
    ["/bug", { headers }, 500],
    ["/fails", { headers }, 503],
  ];
  for (const [path, how, status] of answers) {
    for (const at of ["http://dashboard.example", "https://dashboard.example"]) {
      const answer = await ask(path, { ...how, at });
      await answer.body?.cancel();
      const shown = `${how.method ?? "GET"} ${path.slice(0, 20)}`;
      assertEquals(answer.status, status, shown);
      const csp = answer.headers.get("content-security-policy") ?? "";
      assertMatch(csp, /^default-src 'none';/, shown);
      assert(!/unsafe|\*|data:|https?:/.test(csp), csp);
      assertEquals(answer.headers.get("x-content-type-options"), "nosniff", shown);
      assertEquals(answer.headers.get("x-frame-options"), "DENY", shown);
      assertEquals(answer.headers.get("referrer-policy"), "same-origin", shown);
      assertEquals(answer.headers.get("x-robots-tag"), "noindex, nofollow", shown);
      assertEquals(answer.headers.get("cross-origin-resource-policy"), "same-origin", shown);
      assertEquals(answer.headers.get("access-control-allow-origin"), null, shown);
      assertEquals(answer.headers.get("server"), null, shown);
      assertEquals(answer.headers.has("strict-transport-security"), at.startsWith("https"), shown);
      const isAsset = path.startsWith("/assets/");
      assertMatch(
        answer.headers.get("cache-control") ?? "",
        isAsset ? /^public, max-age=31536000, immutable$/ : /^(no-store|private, no-cache)$/,
        shown,
      );
    }
  }
});

Deno.test("text from the data is text: in a page, in its title and in an error", async () => {
  using _log = captureLog();
  const parts = [partOf({ "/fails": new WarehouseError(HOSTILE, { next: HOSTILE }) })];
  const ask = await startDashboard("everyone", { parts });
  for (const path of ["/", "/fails", `/${HOSTILE}?q=${HOSTILE}`]) {
    const page = await (await ask(path, { headers: BROWSER })).text();
    assertStringIncludes(page, "</html>");
    assert(!page.includes("<script>") && !page.includes("<img"), page);
    assert(!page.includes("style="), page);
  }
});

Deno.test("a failed page says what is wrong and what to do, and is logged once", async () => {
  const down = new WarehouseError("the dashboard cannot read the warehouse: connection refused", {
    stage: "dashboard",
    next: "check that the server is running",
    retryable: true,
  });
  const ask = await startDashboard("everyone", { parts: [partOf({ "/fails": down })] });
  using log = captureLog();
  const answer = await ask("/fails?table=secret", { headers: BROWSER });
  const page = await answer.text();
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "30"]);
  assertStringIncludes(page, "The dashboard cannot read the warehouse: connection refused.");
  assertStringIncludes(page, "Check that the server is running.");
  assertEquals(log.lines.map(({ event, path, error }) => [event, path, error]), [
    ["page", "/fails", "WarehouseError"],
  ]);
  const text = await ask("/fails", { headers: { accept: "text/csv" } });
  assertMatch(text.headers.get("content-type")!, /^text\/plain/);
  assertMatch(await text.text(), /connection refused\.\nCheck that/);
});

Deno.test("an unexpected error shows nothing of itself; the log has its stack", async () => {
  const bug = new TypeError("cannot read SELECT secret FROM postgres://me:hunter2@db/x");
  const ask = await startDashboard("everyone", { parts: [partOf({ "/bug": bug })] });
  using log = captureLog();
  const answer = await ask("/bug", { headers: BROWSER });
  const page = await answer.text();
  assertEquals(answer.status, 500);
  assert(!/SELECT|hunter2|postgres|TypeError|\.tsx?:|at /.test(page.replace(/<[^>]*>/g, "")), page);
  assertStringIncludes(String(log.lines[0].stack), "TypeError");
});

Deno.test("who has no access learns nothing about a failure", async () => {
  const failing = new ConfigurationError("DASHBOARD_PASSWORD: cannot read the secret totesys/x", {
    next: "allow the role to read it",
  });
  const password = { get: () => Promise.reject(failing) };
  const ask = await startDashboard(accessOf({ password }));
  using log = captureLog();
  for (const how of [{ headers: basic(PASSWORD) }, loginForm(PASSWORD)]) {
    const answer = await ask(how.headers && "method" in how ? "/login" : "/x", how);
    assertEquals(answer.status, 503);
    assertEquals(
      await answer.text(),
      "The dashboard is not available. The log of the cloud functions has the reason.\n",
    );
  }
  assertEquals(log.lines.length, 2);
});

Deno.test("only GET and HEAD are answered, and the two forms take POST", async () => {
  const ask = await startDashboard("everyone", { parts: [partOf()] });
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "BREW"]) {
    const answer = await ask("/", { method });
    assertEquals([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"], method);
  }
  const closed = await startDashboard(accessOf());
  const put = await closed("/login", { method: "PUT" });
  assertEquals([put.status, put.headers.get("allow")], [405, "GET, HEAD, POST"]);
  const head = await ask("/", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("no path leads out of the assets", async () => {
  const ask = await startDashboard(accessOf());
  const { style } = await loadAssets();
  const paths = [
    "/assets/",
    "/assets/tokens.css",
    "/assets/../app.tsx",
    "/assets/..%2Fapp.tsx",
    "/assets/%2e%2e/%2e%2e/main.ts",
    "/assets/....//main.ts",
    "/assets//etc/passwd",
    `${style.path}/../../main.ts`,
    `${style.path}%00.ts`,
    "/..%5c..%5cmain.ts",
  ];
  for (const path of paths) {
    const answer = await ask(path, { headers: BROWSER });
    assertEquals(answer.status, 302, path);
  }
  assertEquals((await ask(style.path)).status, 200);
});

Deno.test("robots.txt asks crawlers to stay away", async () => {
  const ask = await startDashboard(accessOf());
  assertEquals(await (await ask("/robots.txt")).text(), "User-agent: *\nDisallow: /\n");
});

Deno.test("answers are compressed for those who accept it, and HEAD and 304 have no body", async () => {
  const { style } = await loadAssets();
  const ask = await startDashboard("everyone", { parts: [partOf()] });
  for (const path of ["/", style.path]) {
    const packed = await ask(path, { headers: { "accept-encoding": "gzip, br" } });
    assertEquals(packed.headers.get("content-encoding"), "gzip");
    assertEquals(packed.headers.get("vary"), "Accept-Encoding");
    const stream = packed.body!.pipeThrough(new DecompressionStream("gzip"));
    const plain = await ask(path);
    assertEquals(plain.headers.get("content-encoding"), null);
    assertEquals((await new Response(stream).text()).length, (await plain.text()).length);
  }
  const head = await ask("/", { method: "HEAD", headers: { "accept-encoding": "gzip" } });
  assertEquals([head.headers.get("content-encoding"), await head.text()], [null, ""]);
});
