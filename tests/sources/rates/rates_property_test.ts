import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addDays } from "../../../sdk/sources/rates/days.ts";
import { Deliveries } from "./deliveries.ts";
import { realBody } from "./rate_server.ts";
import { ratesOn } from "./source_options.ts";
import { propertyRuns } from "../../support/slow.ts";

const FIRST = "2025-12-08";
const DAYS = 8;
const HOSTS = ["cdn.example.com", "mirror.example.com"];
const FAULTS = ["page", "cut", "other date", "server error", "no host"] as const;
type Fault = typeof FAULTS[number];

/** One run: how many documents it takes before it is killed, and what goes wrong in it. */
interface Run {
  readonly killedAfter: number | null;
  /** The fault of each host on each date; null if it works. */
  readonly faults: readonly (readonly (Fault | null)[])[];
}

interface History {
  /** Days after its date when each date is published; null if it never is. */
  readonly delays: readonly (number | null)[];
  readonly runs: readonly Run[];
}

const fault = fc.option(fc.constantFrom(...FAULTS), { freq: 1 });
const run: fc.Arbitrary<Run> = fc.record({
  killedAfter: fc.option(fc.nat(3)),
  faults: fc.array(fc.array(fault, { minLength: 2, maxLength: 2 }), {
    minLength: DAYS,
    maxLength: DAYS,
  }),
});
const history: fc.Arbitrary<History> = fc.record({
  delays: fc.array(fc.option(fc.nat(6)), { minLength: DAYS, maxLength: DAYS }),
  runs: fc.array(run, { minLength: DAYS + 6, maxLength: DAYS + 6 }),
});

/** Asks two hosts once a day, then once more for everything, as an operator would. */
async function play({ delays, runs }: History): Promise<Deliveries> {
  const taken = new Deliveries();
  const urls = HOSTS.map((host) => `https://${host}/{date}/{code}.json`);
  for (const [day, { killedAfter, faults }] of runs.entries()) {
    const today = addDays(FIRST, day);
    const fetch = server(delays, today, faults);
    // Later runs start at the first day that is known, or three days ago.
    const from = day <= 3 ? FIRST : undefined;
    const source = ratesOn(today, { urls, fetch, retryDelayMs: 0, from });
    await taken.take(source, { most: killedAfter ?? Infinity }).catch(() => {});
  }
  const today = addDays(FIRST, runs.length - 1);
  const fetch = server(delays, today, []);
  await taken.take(ratesOn(today, { urls, fetch, retryDelayMs: 0, from: FIRST }));
  return taken;
}

/** Returns the two hosts as they are on a day. */
function server(
  delays: History["delays"],
  today: string,
  faults: Run["faults"],
): typeof globalThis.fetch {
  return (input) => {
    const { host, pathname } = new URL(String(input));
    const date = pathname.slice(1, 11);
    const day = dayOf(date);
    const delay = day < DAYS ? delays[day] : null;
    const isPublished = delay !== null && addDays(date, delay) <= today;
    const fault = faults[day]?.[HOSTS.indexOf(host)] ?? null;
    if (fault === "no host") return Promise.reject(new TypeError("no such host"));
    return Promise.resolve(answer(fault, date, isPublished));
  };
}

function dayOf(date: string): number {
  return (Date.parse(date) - Date.parse(FIRST)) / 86_400_000;
}

function answer(fault: Fault | null, date: string, isPublished: boolean): Response {
  if (fault === "page") return new Response("<html>");
  if (fault === "server error") return new Response("", { status: 502 });
  if (!isPublished) return new Response("", { status: 404 });
  if (fault === "cut") return new Response(realBody(date).slice(0, 99));
  return new Response(realBody(fault === "other date" ? addDays(date, -1) : date));
}

/** What is in the ledger and in the rows, except which host it came from. */
function contents({ ledger, rows }: Deliveries) {
  return {
    ledger: [...ledger.entries()].map(({ name, outcome, sha256 }) => ({ name, outcome, sha256 })),
    rows: [...rows].sort(([a], [b]) => a < b ? -1 : 1).map(([name, rows]) => [
      name,
      rows.map(({ provider: _, ...row }) => ({ ...row, previous_rate: null })),
    ]),
  };
}

Deno.test("any order of published days, faults and kills ends as a run without faults", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ delays, runs }) => {
      const quiet = runs.map((): Run => ({ killedAfter: null, faults: [] }));
      const [actual, expected] = [
        await play({ delays, runs }),
        await play({ delays, runs: quiet }),
      ];
      assertEquals(contents(actual), contents(expected));
      const read = [...expected.ledger.entries()].filter(({ outcome }) => outcome === "read");
      assertEquals(read.length, delays.filter((delay) => delay !== null).length);
    }),
    { numRuns: propertyRuns({ quick: 10, all: 200 }) },
  );
});
