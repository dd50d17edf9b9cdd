/**
 * The catalogue as Markdown: what `etl catalogue` prints, and docs/catalogue.md.
 *
 * @module
 */
import type { Catalogue, CatalogueTable } from "../../../sdk/derive/catalogue.ts";
import {
  commonColumns,
  sourceDiagram,
  starDiagram,
  warehouseDiagram,
} from "../../../sdk/derive/diagrams.ts";
import { DATABASE } from "../../../sdk/derive/source_model.ts";
import { code, codeBlock, headingLink, markdownTable } from "../markdown.ts";
import { columnsSection } from "./columns_section.ts";
import { conversionSection, historySection } from "./fact_sections.ts";

/** Returns the page. `note` follows the heading. */
export function cataloguePage(catalogue: Catalogue, note: string = ""): string {
  const { source, warehouse } = catalogue;
  const facts = factsOf(catalogue);
  return [
    `# Catalogue`,
    note,
    introduction(catalogue),
    warehouseSection(catalogue),
    ...facts.map(({ name }) =>
      `### Star of ${code(name)}\n\n${diagram(starDiagram(name, catalogue))}`
    ),
    historySection(facts[0]),
    conversionSection(facts),
    sourcesSection(catalogue),
    "## Columns of the warehouse",
    ...warehouse.map((table) => columnsSection(table, linkTo)),
    "## Columns of the sources\n\nA column of type text has any character type in the source.",
    ...source.map((table) => columnsSection(table, (name) => linkToSource(name, catalogue))),
  ].filter((section) => section !== "").join("\n\n") + "\n";
}

function factsOf({ warehouse }: Catalogue): CatalogueTable[] {
  return warehouse.filter(({ kind }) => kind === "fact");
}

function introduction({ source, warehouse }: Catalogue): string {
  const facts = warehouse.filter(({ kind }) => kind === "fact").length;
  return `The warehouse has ${warehouse.length} tables, made from ${source.length} tables of the sources: \
${warehouse.length - facts} dimensions and ${facts} facts.
Each column is listed with its type, its meaning and the source columns that it is made of. A personal column
identifies a person, an address or a bank account: the dashboard's catalogue shows no value of it.

In the diagrams, a line is a foreign key. The crow's foot is at the table that has it. A circle at the
other end means that the key can be NULL. The line shows the names of the columns when they differ from
the key they refer to. PK is a primary key, UK a unique key, FK a foreign key.`;
}

function warehouseSection(catalogue: Catalogue): string {
  const { warehouse } = catalogue;
  if (warehouse.length === 0) return "";
  const rows = warehouse.map(({ name, meaning = "", grain, key, from, kind }) => [
    linkTo(name),
    meaning,
    grain,
    code(key),
    kind === "calendar" ? "the dates in facts" : from.map(code).join(", "),
  ]);
  return `## Warehouse

${markdownTable(["table", "holds", "grain", "key", "made from"], rows)}

The stars share their dimensions. A dimension above the facts belongs to every star, one below them
to some. The diagram shows primary keys; the stars that follow show every column.

${diagram(warehouseDiagram(catalogue))}`;
}

function sourcesSection(catalogue: Catalogue): string {
  const database = catalogue.source.filter(({ source }) => source === DATABASE);
  if (database.length === 0) return "";
  const rows = catalogue.source.map(({ name, source, meaning = "", key }) => [
    linkToSource(name, catalogue),
    source,
    meaning,
    code(key),
  ]);
  const common = commonColumns(database);
  const note = common.length === 0
    ? ""
    : `The diagram leaves out ${common.map(code).join(" and ")}, which every table has.\n\n`;
  return `## Sources

${markdownTable(["table", "source", "holds", "key"], rows)}

${note}${diagram(sourceDiagram(database))}`;
}

function linkTo(name: string): string {
  return headingLink(name);
}

/** Warehouse tables come first on the page, and a source table can have the name of one. */
function linkToSource(name: string, { warehouse }: Catalogue): string {
  return headingLink(name, warehouse.filter((table) => table.name === name).length);
}

function diagram(text: string): string {
  return codeBlock("mermaid", text);
}
