/**
 * Entity-relationship diagrams in Mermaid's language, which GitHub draws.
 *
 * @module
 */

/** The part that a column plays in its table's keys. */
export type KeyRole = "PK" | "UK" | "FK";

/** A column in a diagram. */
export interface Attribute {
  /** The column's name. */
  readonly name: string;
  /** The column's SQL type. */
  readonly type: string;
  /** The keys that the column belongs to. */
  readonly keys: readonly KeyRole[];
}

/** A table in a diagram. */
export interface Entity {
  /** The table's name. */
  readonly name: string;
  /** The columns to show. */
  readonly attributes: readonly Attribute[];
}

/** A foreign key in a diagram. */
export interface Relationship {
  /** The table that is referred to. */
  readonly parent: string;
  /** The table that has the foreign key. */
  readonly child: string;
  /** The names on the line, one below the other. */
  readonly label: readonly string[];
  /** Whether the foreign key can be NULL. */
  readonly optional: boolean;
  /** Draws the parent after the child. Parents come first otherwise. */
  readonly parentLast?: boolean;
}

/** The contents and layout of a diagram. */
export interface Diagram {
  /** The tables. */
  readonly entities: readonly Entity[];
  /** The foreign keys. */
  readonly relationships: readonly Relationship[];
  /** Draws from left to right, or from top to bottom. */
  readonly direction: "LR" | "TB";
  /** The room for the lines between one rank of tables and the next, in pixels. */
  readonly rankSpacing: number;
}

/** Returns a diagram's text. */
export function erDiagram({ entities, relationships, direction, rankSpacing }: Diagram): string {
  return [
    // Mermaid's own spacing makes a page-wide picture too small to read.
    `---\nconfig:\n  er:\n    nodeSpacing: 40\n    rankSpacing: ${rankSpacing}\n    entityPadding: 8\n---`,
    "erDiagram",
    `  direction ${direction}`,
    ...entities.map(box),
    ...relationships.map(line),
  ].join("\n");
}

function box({ name, attributes }: Entity): string {
  const rows = attributes.map(({ name, type, keys }) =>
    `    ${[word(type), word(name), keys.join(", ")].join(" ").trimEnd()}`
  );
  return rows.length === 0 ? `  ${quoted(name)}` : `  ${quoted(name)} {\n${rows.join("\n")}\n  }`;
}

function line({ parent, child, label, optional, parentLast }: Relationship): string {
  const ends = parentLast
    ? [quoted(child), optional ? "}o--o|" : "}o--||", quoted(parent)]
    : [quoted(parent), optional ? "|o--o{" : "||--o{", quoted(child)];
  return `  ${ends.join(" ")} : ${quoted(...label)}`;
}

/** Quotes text, with an entity code for each character that ends or breaks a quoted name. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((text) =>
    text.replace(/["#%\\<>;]/g, (character) => `#${character.charCodeAt(0)};`).replace(/\s/g, " ")
  );
  return `"${escaped.join("<br>")}"`;
}

/** Returns a type or a column's name in the form that Mermaid accepts: it cannot be quoted. */
function word(text: string): string {
  const allowed = text.replace(/[^A-Za-z0-9_\u00C0-\uFFFF-]/g, "_");
  return /^(?![pfu]k\b)[A-Za-z_\u00C0-\uFFFF]/i.test(allowed) ? allowed : `_${allowed}`;
}
