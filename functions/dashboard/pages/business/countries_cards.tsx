/** Where orders are delivered to: a map, and the first countries. */
import { raw } from "hono/html";
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { Card } from "../../layout/card.tsx";
import { int, listed, share } from "../../layout/format.ts";
import { Gap, Ranked, WithTick } from "./marks.tsx";
import { num, pairOf, text, total, type View } from "./view.ts";

const SHOWN = 12;
const FIRST = 10;
const CLASSES = [1, 2, 3, 4, 5];

/** The world map. */
export async function MapCard({ view }: { readonly view: View }) {
  // Not for pages without a map: the atlases take long to load.
  const { drawWorldMap } = await import("../../charts/world_map.ts");
  const { rows: { countries }, money } = view;
  const reached = countries.filter((row) => num(row, "orders") > 0);
  const map = drawWorldMap(
    reached.map((row) => ({
      name: text(row, "name"),
      amount: num(row, "amount"),
      orders: num(row, "orders"),
      href: rowsOfCountry(view, row),
    })),
    "World map: revenue by country of delivery",
    money.short,
  );
  const hasClasses = reached.length >= CLASSES.length;
  return (
    <Card
      id="map"
      span={8}
      title={reached.length === 0
        ? "No orders in this period"
        : reached.length === 1
        ? `All orders go to ${text(reached[0], "name")}`
        : `${text(reached[0], "name")} brings in the most of ${int(reached.length)} countries`}
      links={view.links("countries")}
      sub={
        <>
          {money.code} by country of delivery
          {hasClasses && (
            <>
              ; each shade has a fifth of the countries:{" "}
              <Scale limits={map.limits} write={money.short} />
            </>
          )}
        </>
      }
      data={<CountryTable view={view} />}
    >
      {raw(map.svg)}
      <p class="note">
        {map.hasDots && "Dots mark places too small to see. "}
        {map.missing.length > 0 && `Not on this map: ${listed(map.missing, Infinity)}.`}
      </p>
    </Card>
  );
}

function Scale({ limits, write }: {
  readonly limits: readonly number[];
  readonly write: (amount: number) => string;
}) {
  return (
    <span class="scale">
      {CLASSES.map((place) => (
        <>
          <svg class="key" width="14" height="10" aria-hidden="true">
            <rect class={`q${place}`} width="14" height="10" />
          </svg>
          {place < CLASSES.length && <span>{write(limits[place - 1])}</span>}
        </>
      ))}
    </span>
  );
}

function CountryTable({ view }: { readonly view: View }) {
  const { rows: { countries }, money } = view;
  return (
    <table class="plain">
      <caption class="vh">Revenue by country of delivery</caption>
      <thead>
        <tr>
          <th scope="col">Country</th>
          <th scope="col" class="n">{money.code}</th>
          <th scope="col" class="n">Before</th>
          <th scope="col" class="n">Orders</th>
        </tr>
      </thead>
      <tbody>
        {countries.map((row) => (
          <tr>
            <th scope="row">
              <a href={rowsOfCountry(view, row)}>
                {text(row, "name")}
              </a>
            </th>
            <td class="n">{money.whole(text(row, "amount"))}</td>
            <td class="n">{money.whole(text(row, "amount_before"))}</td>
            <td class="n">{int(num(row, "orders"))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The countries that receive most. */
export function CountriesCard({ view }: { readonly view: View }) {
  const { rows: { countries }, money, before } = view;
  const revenue = pairOf(countries, "amount");
  const first = total(countries.slice(0, FIRST), "amount");
  return (
    <Card
      id="countries"
      span={4}
      title={revenue.now > 0 && revenue.missing === 0 && countries.length > FIRST
        ? `The top ten countries bring in ${share(first / revenue.now)} of revenue`
        : "Revenue by country"}
      links={view.links("countries")}
      sub={
        <WithTick means={before}>
          {money.code} by country of delivery{countries.length > SHOWN && `, top ${SHOWN}`}
        </WithTick>
      }
    >
      <Ranked
        view={view}
        caption="Countries by revenue"
        of="Country"
        rows={countries.slice(0, SHOWN)}
        href={(row) => rowsOfCountry(view, row)}
      />
      <Gap view={view} pair={revenue} noun="order" />
    </Card>
  );
}

function rowsOfCountry(view: View, row: QueryRow): string {
  return view.rowsOf({ of: "sales" }, { ...view.filter, country: text(row, "name") });
}
