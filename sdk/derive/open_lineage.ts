import type { Model } from "../../schemas/model.ts";
import { type Catalogue, catalogueOf, type CatalogueTable } from "./catalogue.ts";
import type { ColumnLineage } from "./lineage.ts";
import {
  columnLineageFacet,
  documentationFacet,
  jobDocumentationFacet,
  jobTypeFacet,
  type LineageFacet,
  type LineageField,
  schemaFacet,
  SPEC,
  tagsFacet,
} from "./open_lineage_facets.ts";

/** Where the tables of a source or of the warehouse are, in OpenLineage's terms. */
export interface LineagePlace {
  /** The server: `postgres://db.example.com:5432`. */
  readonly namespace: string;
  /** What comes before the names of tables: `warehouse.star.`. */
  readonly prefix: string;
}

/** The options of {@linkcode openLineageEvents}. */
export interface OpenLineageOptions {
  /** The time of the events: RFC 3339. */
  readonly time: string;
  /** The namespace of the jobs; `totesys` when omitted. */
  readonly namespace?: string;
  /** Where the warehouse is; the namespace `warehouse` when omitted. */
  readonly warehouse?: LineagePlace;
  /** Where each source is, by its name, `database` for the database; its name is the namespace when omitted. */
  readonly sources?: Readonly<Record<string, LineagePlace>>;
}

/** A table, as events name it. */
export interface LineageDataset {
  /** The server, or the source. */
  readonly namespace: string;
  /** The table on that server. */
  readonly name: string;
  /** Its description and columns; absent where another event has them. */
  readonly facets?: Readonly<Record<string, LineageFacet>>;
}

/** What every event has. */
export interface LineageEvent {
  /** The time of the event: RFC 3339. */
  readonly eventTime: string;
  /** The URI of what wrote it. */
  readonly producer: string;
  /** The address of its schema. */
  readonly schemaURL: string;
}

/** Describes a table. */
export interface LineageDatasetEvent extends LineageEvent {
  /** The table, with its columns. */
  readonly dataset: LineageDataset;
}

/** Describes the job that fills a table of the warehouse. */
export interface LineageJobEvent extends LineageEvent {
  /** The job: it has the name of the table. */
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Readonly<Record<string, LineageFacet>>;
  };
  /** The source tables. */
  readonly inputs: readonly LineageDataset[];
  /** The table, with the lineage of its columns. */
  readonly outputs: readonly LineageDataset[];
}

/** An event of OpenLineage's static metadata. */
export type OpenLineageEvent = LineageDatasetEvent | LineageJobEvent;

/**
 * Returns the lineage of a model as OpenLineage events: one for each table of a source, and one for each
 * table of the warehouse, with the source tables and columns that it is made of. They describe the design,
 * not a run, and follow https://openlineage.io/spec/2-0-2/OpenLineage.json.
 *
 * @throws {ConfigurationError} when the origin of a column is wrong.
 */
export function openLineageEvents(model: Model, options: OpenLineageOptions): OpenLineageEvent[] {
  const catalogue = catalogueOf(model);
  const writer = new EventWriter(catalogue, options);
  return [
    ...catalogue.source.map((table) => writer.datasetEvent(table)),
    ...catalogue.warehouse.map((table) => writer.jobEvent(table)),
  ];
}

class EventWriter {
  readonly #catalogue: Catalogue;
  readonly #options: OpenLineageOptions;

  constructor(catalogue: Catalogue, options: OpenLineageOptions) {
    this.#catalogue = catalogue;
    this.#options = options;
  }

  datasetEvent(table: CatalogueTable): LineageDatasetEvent {
    return { ...this.#event("DatasetEvent"), dataset: this.#described(table) };
  }

  jobEvent(table: CatalogueTable): LineageJobEvent {
    const inputs = this.#inputsOf(table);
    const output = this.#described(table);
    const columnLineage = columnLineageFacet(
      this.#lineageOf(table),
      (path) => this.#field(path, inputs),
    );
    const names = inputs.map(({ name }) => name).join(", ");
    return {
      ...this.#event("JobEvent"),
      job: {
        namespace: this.#options.namespace ?? "totesys",
        name: table.name,
        facets: {
          jobType: jobTypeFacet(),
          documentation: jobDocumentationFacet(`Fills ${table.name} from ${names}`),
        },
      },
      inputs: inputs.map((input) => this.#dataset(input)),
      outputs: [{ ...output, facets: { ...output.facets, columnLineage } }],
    };
  }

  #event(type: "DatasetEvent" | "JobEvent"): LineageEvent {
    const { producer, schemaURL } = SPEC;
    return { eventTime: this.#options.time, producer, schemaURL: `${schemaURL}#/$defs/${type}` };
  }

  #dataset({ name, source, kind }: CatalogueTable): LineageDataset {
    const { sources = {}, warehouse } = this.#options;
    const place = kind === "source" ? sources[source] : warehouse;
    const { namespace, prefix } = place ??
      { namespace: kind === "source" ? source : "warehouse", prefix: "" };
    return { namespace, name: prefix + name };
  }

  #described(table: CatalogueTable): LineageDataset {
    const { meaning, grain, columns } = table;
    const description = meaning === undefined ? grain : `${meaning}; ${grain}`;
    const personal = columns.filter((column) => column.personal).map(({ name }) => name);
    return {
      ...this.#dataset(table),
      facets: {
        documentation: documentationFacet(description),
        schema: schemaFacet(columns),
        ...personal.length > 0 && { tags: tagsFacet(personal) },
      },
    };
  }

  /** Returns the lineage of columns down to source columns: those of a calendar are made of its key. */
  #lineageOf({ kind, key, columns }: CatalogueTable): Readonly<Record<string, ColumnLineage>> {
    const dates = columns.find(({ name }) => name === key)?.lineage?.columns ?? [];
    return Object.fromEntries(
      columns.flatMap(({ name, lineage }) =>
        lineage ? [[name, kind === "calendar" ? { ...lineage, columns: dates } : lineage]] : []
      ),
    );
  }

  /** Returns the source tables that a table is made from. The dates of a calendar come from every source. */
  #inputsOf(table: CatalogueTable): CatalogueTable[] {
    const paths = table.columns.flatMap(({ lineage }) =>
      lineage ? [...lineage.columns, ...lineage.joins] : []
    );
    const inputs = this.#catalogue.source.filter((input) =>
      (table.kind === "calendar" || input.source === table.source) &&
      (table.from.includes(input.name) || paths.some((path) => columnIn(input, path) !== undefined))
    );
    const [own] = table.from;
    return inputs.toSorted((a, b) => Number(b.name === own) - Number(a.name === own));
  }

  #field(path: string, inputs: readonly CatalogueTable[]): LineageField {
    const table = inputs.find((input) => columnIn(input, path) !== undefined)!;
    const { namespace, name } = this.#dataset(table);
    return { namespace, name, field: columnIn(table, path)! };
  }
}

/** Returns the column of a table that a path, `table.column`, names. */
function columnIn({ name, columns }: CatalogueTable, path: string): string | undefined {
  return columns.find((column) => path === `${name}.${column.name}`)?.name;
}
