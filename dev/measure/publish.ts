import { table, thousands } from "../../functions/format.ts";
import { markdownTable } from "../../functions/cli/markdown.ts";
import type { Format } from "./options.ts";
import { quote } from "./quoted_output.ts";

/** Lays out a table. */
export type TableLayout = (
  headings: readonly string[],
  rows: readonly (string | number)[][],
) => string;

/** A result that can be printed in every format. */
export interface Publishable {
  /** The object that `--json` prints. */
  readonly record: unknown;
  /** Returns words and tables. */
  text(layOut: TableLayout): string;
}

/** Prints a result, or puts it into the pages that quote the command: a task and its arguments. */
export async function publish(
  { record, text }: Publishable,
  format: Format,
  task: string,
  args: readonly string[],
): Promise<void> {
  if (format === "json") return console.log(JSON.stringify(record));
  if (format === "text") return console.log(text(table));
  const command = ["deno task", task, ...args.filter((arg) => arg !== "--write")].join(" ");
  console.log(`wrote ${(await quote(command, text(asMarkdown))).join(", ")}`);
}

/** Lays out a table in Markdown, with numbers as people read them. */
const asMarkdown: TableLayout = (headings, rows) =>
  markdownTable(
    headings,
    rows.map((row) => row.map((cell) => typeof cell === "number" ? thousands(cell) : cell)),
  );
