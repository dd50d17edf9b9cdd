/**
 * Markdown as `deno fmt` leaves it, so that a generated page passes the format check.
 *
 * @module
 */

/** Returns a table with its columns padded to one width. */
export function markdownTable(header: readonly string[], rows: readonly string[][]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replace(/\|/g, "\\|")));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const [head, ...body] = cells.map(line);
  return [head, line(widths.map((width) => "-".repeat(width))), ...body].join("\n");
}

/** Returns text as inline code. */
export function code(text: string): string {
  if (!text.includes("`")) return `\`${text}\``;
  return `\`\` ${text} \`\``;
}

/** Returns a code block in a language that GitHub highlights or draws. */
export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Returns a link to the heading that reads `heading`; `earlier` headings above it read the same. */
export function headingLink(heading: string, earlier = 0): string {
  return `[${code(heading)}](#${slug(heading)}${earlier === 0 ? "" : `-${earlier}`})`;
}

/** Returns the anchor that GitHub gives to a heading. */
function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replace(/ /g, "-");
}
