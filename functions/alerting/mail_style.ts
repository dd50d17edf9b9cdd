/**
 * The colours and fonts of mails, those of the dashboard, and the escaping of their texts.
 *
 * @module
 */

/** A colour on light and on dark ground. */
export interface Color {
  readonly light: string;
  readonly dark: string;
}

/** The colours by the class that carries the dark one. */
export const COLORS = {
  page: { light: "#f6f6f4", dark: "#0f1115" },
  card: { light: "#ffffff", dark: "#171a20" },
  code: { light: "#f1f1ef", dark: "#0f1115" },
  ink: { light: "#16181d", dark: "#eceef2" },
  soft: { light: "#565c68", dark: "#a9b0bc" },
  line: { light: "#e3e4e8", dark: "#2a2f38" },
  rule: { light: "#8b919c", dark: "#7b8390" },
  accent: { light: "#2456c7", dark: "#82a8ff" },
  error: { light: "#b3212f", dark: "#ff8a92" },
  warning: { light: "#925400", dark: "#f0b75c" },
  resolved: { light: "#0b7a5b", dark: "#4fcba2" },
} as const satisfies Readonly<Record<string, Color>>;

/** The font of texts. */
export const FONT = "font-family:-apple-system,'Segoe UI',Inter,Roboto,Helvetica,Arial,sans-serif";

/** The font of commands. */
export const MONO = "font-family:ui-monospace,Consolas,Menlo,monospace";

/** The attributes of a table that is there for the layout. */
export const LAYOUT_TABLE =
  `role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text. Large numbers are kept in one line. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character])
    .replace(/(?<=\d) (?=\d{3}\b)/g, "&nbsp;");
}
