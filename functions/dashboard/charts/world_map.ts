/**
 * The world, with countries coloured by their amounts. Places that are too small to see are dots.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { feature, merge } from "topojson-client";
import world from "world-atlas/countries-110m.json" with { type: "json" };
import detailed from "world-atlas/countries-50m.json" with { type: "json" };
import { int } from "../layout/format.ts";
import { countryNumber } from "./countries.ts";
import { drawPlot } from "./plot.ts";

/** The amount of a country. */
export interface CountryAmount {
  readonly name: string;
  readonly amount: number;
  readonly orders: number;
  /** Where the rows behind the amount are. */
  readonly href: string;
}

/** A map, and what belongs under it. */
export interface WorldMap {
  readonly svg: string;
  /** The least amount of each class but the first. */
  readonly limits: readonly number[];
  /** The countries that the map cannot show. */
  readonly missing: readonly string[];
  /** Whether there are dots. */
  readonly hasDots: boolean;
}

type Position = [longitude: number, latitude: number];
interface Shape {
  readonly type: "Feature";
  readonly id?: string | number;
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
}
interface Topology {
  readonly objects: { readonly countries: { readonly geometries: readonly Shape[] } };
}

/** Countries that neither atlas draws, by number. */
const SPOTS: Readonly<Record<string, Position>> = {
  "074": [3.4, -54.4], // Bouvet Island
  "162": [105.6, -10.5], // Christmas Island
  "166": [96.9, -12.2], // Cocos (Keeling) Islands
  "175": [45.2, -12.8], // Mayotte
  "254": [-53.1, 3.9], // French Guiana
  "292": [-5.4, 36.1], // Gibraltar
  "312": [-61.6, 16.3], // Guadeloupe
  "474": [-61, 14.6], // Martinique
  "535": [-68.3, 12.2], // Bonaire, Sint Eustatius and Saba
  "581": [166.6, 19.3], // United States Minor Outlying Islands
  "638": [55.5, -21.1], // Réunion
  "744": [16, 78], // Svalbard and Jan Mayen
  "772": [-171.8, -9.2], // Tokelau
  "798": [179.2, -8.5], // Tuvalu
};
const ANTARCTICA = "010";
/** Equal Earth without Antarctica. */
const EXTENT = {
  type: "MultiPoint",
  coordinates: [[-168, -57], [178, -57], [-168, 79], [178, 79]],
};
/** Each class has as many countries as the others. */
const CLASSES = [0.2, 0.4, 0.6, 0.8];

const shapes = byNumber(world as unknown as Topology);
const details = byNumber(detailed as unknown as Topology);

/** Draws the map. `label` says what it shows; `short` writes an amount. */
export function drawWorldMap(
  countries: readonly CountryAmount[],
  label: string,
  short: (amount: number) => string,
): WorldMap {
  const counted = countries.filter(({ orders }) => orders > 0)
    .map((country) => ({ ...country, number: countryNumber(country.name) }));
  const amounts = counted.map(({ amount }) => amount).sort((a, b) => a - b);
  const limits = CLASSES.map((share) => amounts[Math.floor(amounts.length * share)] ?? 0);
  const fill = ({ amount }: CountryAmount) =>
    `var(--q${limits.filter((limit) => amount >= limit).length + 1})`;
  const title = ({ name, amount, orders }: CountryAmount) =>
    `${name}: ${short(amount)}, ${int(orders)} orders`;
  const areas = counted.flatMap((country) => {
    const shape = country.number === undefined ? undefined : shapes.get(country.number);
    return shape ? [{ ...shape, ...country }] : [];
  });
  const dots = counted.flatMap((country) => {
    if (country.number !== undefined && shapes.has(country.number)) return [];
    const at = spotOf(country.number);
    return at ? [{ ...country, at }] : [];
  });
  const first = counted.slice(0, 1).flatMap((country) => {
    const at = spotOf(country.number);
    return at ? [{ ...country, at, isEast: at[0] > 60 }] : [];
  });
  const svg = drawPlot("map", label, {
    width: 760,
    height: 372,
    margin: 2,
    projection: { type: "equal-earth", domain: EXTENT as never },
    color: { type: "identity" },
    marks: [
      Plot.geo([rest(areas)] as never, { fill: "var(--land)", stroke: "none" }),
      Plot.geo(
        areas as never,
        { fill, stroke: "var(--surface)", strokeWidth: 0.6, title, href: "href" } as never,
      ),
      Plot.dot(dots, {
        x: ({ at }) => at[0],
        y: ({ at }) => at[1],
        r: 4.5,
        fill,
        stroke: "var(--ink-2)",
        strokeWidth: 0.8,
        title,
        href: "href",
      }),
      ...first.map((country) =>
        Plot.text([country], {
          x: ({ at }) => at[0],
          y: ({ at }) => at[1],
          text: ({ name, amount }) => `${name}\n${short(amount)}`,
          textAnchor: country.isEast ? "end" : "start",
          dx: country.isEast ? -12 : 12,
          lineHeight: 1.2,
          fill: "var(--ink)",
          stroke: "var(--land)",
          strokeWidth: 3,
          fontWeight: 600,
          className: "opt",
        })
      ),
    ],
  });
  const missing = counted.filter(({ number }) => !spotOf(number)).map(({ name }) => name);
  return { svg, limits, missing, hasDots: dots.length > 0 };
}

/** The countries without an amount, as one shape: half the bytes. */
function rest(areas: readonly { readonly number: string | undefined }[]): unknown {
  const used = new Set(areas.map(({ number }) => number));
  const { countries } = (world as unknown as Topology).objects;
  const others = countries.geometries.filter(({ id }) =>
    String(id) !== ANTARCTICA && !used.has(String(id))
  );
  return merge(world as never, others as never);
}

function byNumber(topology: Topology): ReadonlyMap<string, Shape> {
  const { features } = feature(topology as never, topology.objects.countries as never) as never as {
    readonly features: readonly Shape[];
  };
  return new Map(features.flatMap((one) => one.id === undefined ? [] : [[String(one.id), one]]));
}

/** Returns where a country is, about; undefined when no atlas has it. */
function spotOf(number: string | undefined): Position | undefined {
  if (number === undefined) return undefined;
  const shape = shapes.get(number) ?? details.get(number);
  return SPOTS[number] ?? (shape && middleOf(shape));
}

/** The middle of the ring with the most points. */
function middleOf({ geometry: { type, coordinates } }: Shape): Position {
  const polygons = (type === "Polygon" ? [coordinates] : coordinates) as Position[][][];
  const ring = polygons.map(([outer]) => outer).reduce((a, b) => b.length > a.length ? b : a);
  const mean = (place: 0 | 1) => ring.reduce((sum, at) => sum + at[place], 0) / ring.length;
  return [mean(0), mean(1)];
}
