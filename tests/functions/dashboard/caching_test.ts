import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Hono } from "hono";
import type { Part } from "../../../functions/dashboard/app.tsx";
import { openWarehouse } from "../../../functions/dashboard/data/warehouse.ts";
import type { PageEnv } from "../../../functions/dashboard/layout/page.tsx";
import { run } from "../../../sdk/operate/run.ts";
import { test, type TestPipeline } from "../../operate/pipelines.ts";
import { type Asking, BROWSER, startDashboard } from "./fake_dashboard.ts";

/** Pages that count how often they are made. */
function countingPart(): { readonly part: Part; readonly made: () => number } {
  let made = 0;
  const part: Part = ["Operations", ({ warehouse }) => {
    const app = new Hono<PageEnv>();
    for (const path of ["/", "/business", "/catalogue"]) {
      app.get(path, async (context) => {
        made++;
        await warehouse.query("SELECT 1");
        return context.html("<main>a page</main>");
      });
    }
    app.get("/private.csv", (context) => context.text("a", 200, { "cache-control": "no-store" }));
    return app;
  }];
  return { part, made: () => made };
}

/** A dashboard of a pipeline, at a time that can be set. */
async function dashboardOf({ warehouse: url }: TestPipeline) {
  const { part, made } = countingPart();
  const clock = { now: new Date("2026-11-30T12:00:30Z") };
  const secret = { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) };
  const ask = await startDashboard("everyone", {
    warehouse: openWarehouse(secret),
    now: () => clock.now,
    parts: [part],
  });
  return { ask, made, clock };
}

async function tagOf(ask: Asking, path: string, tag = ""): Promise<[number, string | null]> {
  const headers = { ...BROWSER, ...tag === "" ? {} : { "if-none-match": tag } };
  const answer = await ask(path, { headers });
  assertEquals(await answer.text(), answer.status === 304 ? "" : "<main>a page</main>");
  return [answer.status, answer.headers.get("etag")];
}

const afterASecond = () => new Promise((resolve) => setTimeout(resolve, 1_050));

test("a page that the browser has is not made again until a commit is applied", async (pipeline) => {
  await run(pipeline);
  const { ask, made } = await dashboardOf(pipeline);
  for (const path of ["/", "/business?period=7d", "/catalogue"]) {
    const before = made();
    const [status, tag] = await tagOf(ask, path);
    assertEquals(status, 200);
    assertMatch(tag!, /^W\/"[\w-]{22}"$/);
    assertEquals(await tagOf(ask, path, tag!), [304, tag]);
    assertEquals(await tagOf(ask, path, `"other", ${tag}`), [304, tag]);
    assertEquals(made() - before, 1);
    await pipeline.sourceSql`UPDATE design SET design_name = design_name || ' again'`;
    await run(pipeline);
    await afterASecond();
    const [again, next] = await tagOf(ask, path, tag!);
    assertEquals(again, 200, path);
    assertNotEquals(next, tag);
  }
});

test("ages move on by the minute, and sales by the hour", async (pipeline) => {
  await run(pipeline);
  const { ask, clock } = await dashboardOf(pipeline);
  const [, minute] = await tagOf(ask, "/");
  const [, hour] = await tagOf(ask, "/business");
  clock.now = new Date("2026-11-30T12:01:00Z");
  assertEquals((await tagOf(ask, "/", minute!))[0], 200);
  assertEquals((await tagOf(ask, "/business", hour!))[0], 304);
  clock.now = new Date("2026-11-30T13:00:00Z");
  assertEquals((await tagOf(ask, "/business", hour!))[0], 200);
});

test("each address has its own tag, and a tag opens no other page", async (pipeline) => {
  await run(pipeline);
  const { ask } = await dashboardOf(pipeline);
  const [, tag] = await tagOf(ask, "/business?period=7d");
  assertEquals((await tagOf(ask, "/business?period=30d", tag!))[0], 200);
  assertEquals((await tagOf(ask, "/business", tag!))[0], 200);
  assertEquals((await ask("/nothing", { headers: { "if-none-match": tag! } })).status, 404);
  const own = await ask("/private.csv");
  assertEquals([own.headers.get("etag"), own.headers.get("cache-control")], [null, "no-store"]);
});

test("a 304 keeps the headers of the page, and a page says how long it took", async (pipeline) => {
  await run(pipeline);
  const { ask } = await dashboardOf(pipeline);
  const page = await ask("/", { headers: BROWSER });
  assertEquals(page.headers.get("cache-control"), "private, no-cache");
  assertMatch(
    page.headers.get("server-timing")!,
    /^sql;desc="2 queries";dur=\d+\.\d, total;dur=\d+\.\d$/,
  );
  const headers = { "if-none-match": page.headers.get("etag")! };
  const same = await ask("/", { headers });
  assertEquals(same.status, 304);
  for (const name of ["etag", "cache-control", "content-security-policy", "x-frame-options"]) {
    assertEquals(same.headers.get(name), page.headers.get(name), name);
  }
});

test("a warehouse without tables has pages, and no tag", async (pipeline) => {
  const { ask } = await dashboardOf(pipeline);
  assertEquals(await tagOf(ask, "/"), [200, null]);
});
