/**
 * The facets of OpenLineage events, in the versions of its client 1.54. Their schemas are at the addresses
 * in `_schemaURL`.
 *
 * @module
 */
import type { CatalogueColumn } from "./catalogue_columns.ts";
import type { ColumnLineage } from "./lineage.ts";

/** What every event says about itself. */
export const SPEC = {
  producer: "https://jsr.io/@totesys/sdk",
  schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json",
} as const;

/** A part of an event. */
export interface LineageFacet {
  /** The URI of what wrote it. */
  readonly _producer: string;
  /** The address of its schema. */
  readonly _schemaURL: string;
  /** The properties that its schema declares. */
  readonly [property: string]: unknown;
}

/** A column of a dataset. */
export interface LineageField {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
}

function facet(name: string, version: string, properties: Record<string, unknown>): LineageFacet {
  return {
    _producer: SPEC.producer,
    _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
    ...properties,
  };
}

/** Returns the facet with the columns of a table. */
export function schemaFacet(columns: readonly CatalogueColumn[]): LineageFacet {
  const fields = columns.map(({ name, type, meaning }, place) => ({
    name,
    type,
    ...meaning !== undefined && { description: meaning },
    ordinal_position: place + 1,
  }));
  return facet("SchemaDatasetFacet", "1-2-0", { fields });
}

/** Returns the facet with what a table holds. */
export function documentationFacet(description: string): LineageFacet {
  return facet("DocumentationDatasetFacet", "1-1-0", { description });
}

/** Returns the facet that marks columns as personal. */
export function tagsFacet(columns: readonly string[]): LineageFacet {
  const tags = columns.map((field) => ({ key: "personal", value: "true", source: "USER", field }));
  return facet("TagsDatasetFacet", "1-0-0", { tags });
}

/** Returns the facet with what a job does. */
export function jobDocumentationFacet(description: string): LineageFacet {
  return facet("DocumentationJobFacet", "1-1-0", { description });
}

/** Returns the facet with the kind of job. */
export function jobTypeFacet(): LineageFacet {
  const properties = { processingType: "BATCH", integration: "TOTESYS", jobType: "TABLE" };
  return facet("JobTypeJobFacet", "2-0-4", properties);
}

/**
 * Returns the facet with the columns that each column is made of.
 *
 * @param fieldOf Returns the field of a source column, `table.column`.
 */
export function columnLineageFacet(
  lineage: Readonly<Record<string, ColumnLineage>>,
  fieldOf: (path: string) => LineageField,
): LineageFacet {
  const fields = Object.fromEntries(
    Object.entries(lineage).map(([column, made]) => [column, {
      inputFields: [
        ...made.columns.map((path) => ({ ...fieldOf(path), transformations: [directOf(made)] })),
        ...made.joins.map((path) => ({ ...fieldOf(path), transformations: [JOIN] })),
      ],
    }]),
  );
  return facet("ColumnLineageDatasetFacet", "1-2-0", { fields });
}

/** How a value gets from one column into another. */
interface Transformation {
  readonly type: "DIRECT" | "INDIRECT";
  readonly subtype: "IDENTITY" | "TRANSFORMATION" | "JOIN";
  readonly description: string;
  readonly masking: false;
}

const JOIN: Transformation = {
  type: "INDIRECT",
  subtype: "JOIN",
  description: "selects the row",
  masking: false,
};

function directOf({ part, by }: ColumnLineage): Transformation {
  const description = part ?? (by && `${by.name}, version ${by.version}`);
  return {
    type: "DIRECT",
    subtype: description === undefined ? "IDENTITY" : "TRANSFORMATION",
    description: description ?? "copied",
    masking: false,
  };
}
