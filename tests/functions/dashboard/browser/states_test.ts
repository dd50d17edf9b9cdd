/** Every page in every state that it must explain, in Chromium. */
import { assertEquals } from "@std/assert";
import { slowTest } from "../../../support/slow.ts";
import { browserTest, QUICK_VIEWS, type View, VIEWS } from "./browser.ts";
import { faultsAt, overflowAt, type Place } from "./look.ts";
import { openPipeline } from "./pipeline.ts";
import { PLACES } from "./places.ts";
import { STATES } from "./states.ts";
import { AWKWARD, WIDE_MODEL } from "./wide_model.ts";

/** The pages of states whose tables have other names. */
const OTHER_PLACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fresh: { ...PLACES, dimension: "/catalogue/dim_staff" },
  wide: {
    operations: "/",
    catalogue: "/catalogue",
    table: `/catalogue/${encodeURIComponent(WIDE_MODEL.warehouse.at(-1)!.name)}`,
    awkward: `/catalogue/${encodeURIComponent(AWKWARD)}`,
  },
};

/** The catalogue shows what the specs say without a warehouse. */
const NEEDS_WAREHOUSE = ["operations", "business"];

/** Both widths in both schemes; of states that differ in few places, each once. */
const VIEWS_OF: Readonly<Record<string, readonly View[]>> = { fresh: VIEWS, stale: VIEWS };

const ALL = Object.keys(STATES) as (keyof typeof STATES)[];

browserTest("every page of a warehouse that was just loaded is sound", async () => {
  await using pipeline = await openPipeline();
  await pipeline.fill(100);
  await pipeline.run("extract");
  await using served = await pipeline.serve();
  const faults: string[] = [];
  for (const [place, [name, path]] of Object.entries(PLACES).entries()) {
    const view = QUICK_VIEWS[place % QUICK_VIEWS.length];
    faults.push(...await faultsAt(served, `${name}-loaded`, { path }, [view]));
  }
  assertEquals(faults, []);
});

for (const state of ALL) {
  browserTest(`every page is sound on a phone and a desktop: ${state}`, async () => {
    await using pipeline = await openPipeline();
    await using served = await pipeline.serve(await STATES[state](pipeline));
    const faults: string[] = [];
    for (const [page, path] of Object.entries(OTHER_PLACES[state] ?? PLACES)) {
      const status = state === "unreachable" && NEEDS_WAREHOUSE.includes(page) ? 503 : 200;
      const place: Place = { path, status };
      const name = `${page}-${state}`;
      faults.push(
        ...await faultsAt(served, name, place, VIEWS_OF[state] ?? QUICK_VIEWS),
        ...await overflowAt(served, name, place),
      );
    }
    assertEquals(faults, []);
  }, slowTest);
}
