/**
 * The sources of the demo that are not a database. Neither needs a network.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { filesSource, ratesSource, type Source } from "../../sdk/mod.ts";
import { serveRates } from "../simulator/rates.ts";
import { writeTargets } from "../simulator/targets.ts";

/** The month of the demo's rates and targets: the first of the simulated company. */
const MONTH = "2022-11";
/** The host of the simulated rates. It is never asked. */
const HOST = "rates.example";

/** The day of which no rates are published. */
export const MISSING = `${MONTH}-06`;

/** Returns a source of the exchange rates of a month, of which one day is missing. */
export function demoRates(): Source {
  return ratesSource({
    urls: [`https://${HOST}/{date}/{code}.json`],
    base: "eur",
    from: `${MONTH}-01`,
    today: () => new Date(`${MONTH}-30T12:00:00Z`),
    fetch: (input) => {
      const request = new Request(input);
      const isMissing = request.url.includes(MISSING);
      return Promise.resolve(
        isMissing ? new Response("not found", { status: 404 }) : serveRates(request),
      );
    },
  });
}

/** Drops a file with the targets of some staff into a folder, and returns the folder as a source. */
export async function demoTargets(folder: string, staffIds: readonly number[]): Promise<Source> {
  await writeTargets(folder, MONTH, staffIds);
  return filesSource({ url: pathToFileURL(folder).href, settle_ms: 0 });
}
