import { assert, assertEquals } from "@std/assert";
import { cataloguePage } from "../../../functions/cli/catalogue/catalogue_page.ts";
import { catalogueOf } from "../../../sdk/derive/catalogue.ts";
import { AREAS } from "../../derive/areas.ts";

const PAGE = cataloguePage(catalogueOf(AREAS));

/** The lines of the last section with a heading, without empty ones and queries. */
function section(heading: string): string[] {
  const after = PAGE.split(`\n${heading}\n`).at(-1)!.split(/^##/m)[0];
  const text = after.replace(/^.*:\n\n```sql[^]*?```$/gm, "");
  return text.split("\n").filter((line) => line !== "");
}

Deno.test("cataloguePage() lists every column as the warehouse stores it, with its meaning and origin", () => {
  assertEquals(section("### `Visit`"), [
    "Visits of areas. Grain: one row per Visit.",
    "| column       | type                | meaning                                                     | made from                                |",
    "| ------------ | ------------------- | ----------------------------------------------------------- | ---------------------------------------- |",
    "| `record`     | bigint, primary key | Identifier of the version                                   |                                          |",
    "| `id`         | bigint, unique key  |                                                             | `visits.id`                              |",
    '| `start`      | text, personal      | → [`Area "51"`](#area-51)                                   | `Area "51".lies\\|in` over `visits.start` |',
    '| `end`        | text, can be NULL   | → [`Area "51"`](#area-51)                                   | `visits.end`                             |',
    "| `order`      | integer, personal   |                                                             | `visits.order`                           |",
    "| `valid_from` | timestamptz         | Time of the source snapshot from which the version is valid |                                          |",
    "| belongs to it    | kind  | shows                                          | columns of its own |",
    "| ---------------- | ----- | ---------------------------------------------- | ------------------ |",
    "| `Visit_history`  | table | Superseded and deleted versions                | `valid_to`         |",
    "| `Visit_versions` | view  | Every version: current, superseded and deleted | `valid_to`         |",
  ]);
});

Deno.test("cataloguePage() links to the right one of two tables with the same name", () => {
  // The warehouse's tables come first.
  assertEquals(section('### `Area "51"`')[0], 'Grain: one row per Area "51".');
  assert(PAGE.includes('| [`Area "51"`](#area-51-1) | database |'));
});

Deno.test("cataloguePage() needs no facts", () => {
  const { warehouse: [area], source } = AREAS;
  const page = cataloguePage(catalogueOf({ source, warehouse: [area] }));
  assert(!page.includes("Star of") && !page.includes("History"));
});
