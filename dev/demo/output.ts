/**
 * The demo's output.
 *
 * @module
 */
import { highlight, paintFor } from "../../functions/cli/color.ts";
import { processIo } from "../../functions/cli/io.ts";

/** The terminal, or where its output goes. */
export const io = processIo();
/** Colors a text for the terminal. */
export const paint = paintFor(io.stdout, [], io);

/** Prints a text. */
export function print(text: string): void {
  console.log(highlight(text, paint));
}

/** Prints the heading of a step. */
export function heading(title: string, what: string): void {
  console.log(`\n${paint("bold", `${title}:`)} ${what}`);
}

/** Writes an exact decimal with commas between thousands. */
export function grouped(decimal: string): string {
  const [whole, fraction] = decimal.split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}
