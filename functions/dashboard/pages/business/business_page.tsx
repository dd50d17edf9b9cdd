/** The business page. */
import type { Filter } from "../../data/business/filter.ts";
import type { Business } from "../../data/business/read_business.ts";
import { Icon } from "../../layout/icon.tsx";
import { day, int, listed } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { CountriesCard, MapCard } from "./countries_cards.tsx";
import { Filters } from "./filters.tsx";
import { HoursCard } from "./hours_card.tsx";
import { Kpis } from "./kpis.tsx";
import { PaymentsCard, PurchasesCard, RevenueCard } from "./over_time_cards.tsx";
import { CounterpartiesCard, DesignsCard, UnpaidCard } from "./ranking_cards.tsx";
import { StaffCard } from "./staff_card.tsx";
import { pairOf, text, type View, viewOf, withMark } from "./view.ts";
import { customPeriod } from "../../data/business/period.ts";
import { parametersOf } from "../../data/business/filter.ts";

/** The page. `business` is null for a warehouse that has not been loaded. */
export function BusinessPage({ frame, business }: {
  readonly frame: Frame;
  readonly business: Business | null;
}) {
  return (
    <Page frame={frame} title="Business" section="Business">
      {business === null ? <NotLoaded /> : <Loaded business={business} />}
    </Page>
  );
}

function NotLoaded() {
  return (
    <>
      <div class="head">
        <h1>Business</h1>
      </div>
      <section class="verdict idle">
        <Icon tone="idle" size={32} silent />
        <div>
          <h2>The warehouse has no orders yet</h2>
          <p>
            The first load has not finished. <a href="/">Operations</a> shows how far it is.
          </p>
        </div>
      </section>
    </>
  );
}

function Loaded({ business }: { readonly business: Business }) {
  const { filter, choices, origin, notes } = business;
  const view = viewOf(business);
  const orders = pairOf(view.rows.revenue, "orders", false);
  const isEmpty = orders.now === 0 && orders.before === 0;
  return (
    <>
      <div class="head">
        <div>
          <h1>Business</h1>
          <p class="soft">
            {span(filter)}, compared with {view.before}
          </p>
        </div>
        <Filters filter={filter} choices={choices} currency={origin.referenceCurrency} />
      </div>
      {filter.asOf !== null && <AsOf filter={filter} asOf={filter.asOf} />}
      {notes.map((note) => <Notice>{note}</Notice>)}
      {isEmpty ? <Empty view={view} /> : <Charts view={view} />}
      <Foot view={view} />
    </>
  );
}

function Charts({ view }: { readonly view: View }) {
  return (
    <>
      {!view.business.origin.hasRates && (
        <Notice>
          The warehouse has no exchange rates: the figures include amounts in {view.money.code}{" "}
          only.
        </Notice>
      )}
      <Kpis view={view} />
      <div class="grid">
        <RevenueCard view={view} />
        <DesignsCard view={view} />
        <PurchasesCard view={view} />
        <PaymentsCard view={view} />
        <UnpaidCard view={view} />
        <HoursCard view={view} />
        <CounterpartiesCard view={view} />
        <MapCard view={view} />
        <CountriesCard view={view} />
        <StaffCard view={view} />
      </div>
    </>
  );
}

/** Says which page this is: nobody should take old figures for those of now. */
function AsOf({ filter, asOf }: { readonly filter: Filter; readonly asOf: string }) {
  const now = withMark(parametersOf({ ...filter, asOf: null }));
  return (
    <Notice>
      <strong>As of {asOf.replace("T", " ").replace("Z", " UTC")}</strong>: orders, payments, rates
      {" "}
      and targets as the warehouse knew them then. Names and departments are the current ones.{" "}
      <a href={`/business${now}`}>Show the current figures</a>
    </Notice>
  );
}

function Empty({ view }: { readonly view: View }) {
  const { filter, business: { lastDay } } = view;
  const isFiltered = [filter.currency, filter.department, filter.country].some((one) =>
    one !== null
  );
  const lastYear = lastDay !== null && lastDay < filter.period.before
    ? withMark(
      parametersOf({
        ...filter,
        period: customPeriod(
          `${Number(lastDay.slice(0, 4)) - 1}${lastDay.slice(4).replace("02-29", "02-28")}`,
          lastDay,
        ),
      }),
    )
    : null;
  return (
    <section class="verdict idle">
      <Icon tone="idle" size={32} silent />
      <div>
        <h2>No orders {isFiltered ? "match these filters" : "in this period"}</h2>
        <p>
          {lastYear !== null && lastDay !== null && (
            <>
              The last order is from {day(new Date(lastDay))} {lastDay.slice(0, 4)}:{" "}
              <a href={`/business${lastYear}`}>show the year up to it</a>.{" "}
            </>
          )}
          {isFiltered && <a href="/business">Show all orders of the last 13 weeks</a>}
        </p>
      </div>
    </section>
  );
}

function Notice({ children }: { readonly children: unknown }) {
  return (
    <p class="notice" role="note">
      <Icon tone="warn" />
      <span>{children as string}</span>
    </p>
  );
}

/** Where the figures come from. */
function Foot({ view }: { readonly view: View }) {
  const { rows: { rates }, money, business: { commit, origin, filter } } = view;
  const known = rates.filter((row) => row.rate !== null);
  return (
    <p class="note">
      From commit {int(commit.sequence)} of the database, taken at{" "}
      {commit.taken_at.replace("T", " ").replace("Z", " UTC")}
      {filter.asOf !== null && ", with the history before it"}. Each amount is converted at the{" "}
      rate of its date. {known.length > 0 && (
        <>
          On the last day: {listed(
            known.map((row) =>
              `1 ${text(row, "currency")} = ${
                significant(text(row, "rate"))
              } ${money.code} (published ${text(row, "rate_date")})`
            ),
            Infinity,
          )}.{" "}
        </>
      )}
      Days and times are UTC. {!origin.hasTargets && "There are no sales targets. "}
      Every chart links to its SQL and CSV.
    </p>
  );
}

/** A rate with the digits that people compare. */
function significant(rate: string): string {
  return String(Number(Number(rate).toPrecision(5)));
}

/** `29 Aug to 27 Nov 2026`. */
function span({ period: { from, to } }: Filter): string {
  const [first, last] = [new Date(from), new Date(to)];
  const year = from.slice(0, 4) === to.slice(0, 4) ? "" : ` ${from.slice(0, 4)}`;
  const end = `${day(last)} ${to.slice(0, 4)}`;
  return from === to ? end : `${day(first)}${year} to ${end}`;
}
