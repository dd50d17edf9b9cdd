import type { Model } from "../../schemas/mod.ts";

/** Names that need quotes, a reference that can be NULL, and almost nothing described. */
export const AREAS: Model = {
  source: [
    {
      name: 'Area "51"',
      key: "Code",
      columns: {
        Code: { type: "text", meaning: "Code of the area" },
        "lies|in": { type: "text", native: "citext", personal: true },
      },
    },
    {
      name: "visits",
      key: "id",
      columns: {
        id: { type: "bigint" },
        start: { type: "text", references: 'Area "51"' },
        end: { type: "text", nullable: true },
        order: { type: "integer" },
      },
    },
  ],
  warehouse: [
    {
      name: 'Area "51"',
      kind: "dimension",
      key: "Code",
      from: 'Area "51"',
      columns: { Code: { type: "text" }, "lies|in": { type: "text" } },
    },
    {
      name: "Visit",
      kind: "fact",
      surrogate: "record",
      key: "id",
      from: "visits",
      meaning: "Visits of areas",
      columns: {
        id: { type: "bigint" },
        start: { type: "text", of: 'Area "51".lies|in', references: 'Area "51"' },
        end: { type: "text", references: 'Area "51"', nullable: true },
        order: { type: "integer", personal: true },
      },
    },
  ],
};
