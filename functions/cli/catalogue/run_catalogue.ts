/**
 * The command `catalogue`.
 *
 * @module
 */
import { totesys } from "../../../schemas/model.ts";
import { catalogueOf } from "../../../sdk/derive/catalogue.ts";
import { openLineageEvents } from "../../../sdk/derive/open_lineage.ts";
import type { Call, Outcome } from "../call.ts";
import { cataloguePage } from "./catalogue_page.ts";
import { lineagePlaces } from "./lineage_places.ts";

/** Prints the catalogue as Markdown or JSON, or its lineage as OpenLineage events, one a line. */
export function runCatalogue(
  { environment, options }: Pick<Call, "environment" | "options">,
): Outcome {
  if (options.openlineage) {
    const time = new Date().toISOString();
    const events = openLineageEvents(totesys, { time, ...lineagePlaces(environment) });
    return {
      record: { events },
      text: { notes: events.map((event) => JSON.stringify(event)) },
      code: 0,
    };
  }
  const catalogue = catalogueOf(totesys);
  return { record: catalogue, text: { notes: [cataloguePage(catalogue).trimEnd()] }, code: 0 };
}
