import { styleText } from "node:util";
import type { Io, Output } from "./io.ts";

/** When to use colors: `auto` means on a terminal, unless `NO_COLOR` is set. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;

type Format = Parameters<typeof styleText>[0];

/** Returns text in a format, or the text itself where there are no colors. */
export type Paint = (format: Format, text: string) => string;

/** Returns the text without a change. */
export const plain: Paint = (_, text) => text;

/** Returns how text is painted on a stream, from the arguments that a person gave. */
export function paintFor(output: Output, args: readonly string[], { noColor }: Io): Paint {
  const choice = colorChoice(args);
  const isOn = choice === "always" || (choice !== "never" && output.isTerminal && !noColor);
  return isOn ? (format, text) => styleText(format, text, { validateStream: false }) : plain;
}

/** Colors are needed before the arguments are parsed, for errors about wrong ones. */
function colorChoice(args: readonly string[]): string | undefined {
  const place = args.findLastIndex((argument) => /^--color(=|$)/.test(argument));
  return args[place]?.split("=")[1] ?? args[place + 1];
}

const FORMATS: readonly [RegExp, Format][] = [
  [/^warning:/, ["bold", "yellow"]],
  [/^(error|NOT OK|stopped|not compared|missing):/, ["bold", "red"]],
  [/^OK:/, ["bold", "green"]],
  [/^ *next:/, ["bold", "cyan"]],
  [/^[─ ]+$/, "dim"],
];

/** Paints the words that a person looks for: warnings, errors, what to do next. */
export function highlight(text: string, paint: Paint): string {
  return text.split("\n").map((line) => {
    const [pattern, format] = FORMATS.find(([pattern]) => pattern.test(line)) ?? [];
    return pattern && format ? line.replace(pattern, (word) => paint(format, word)) : line;
  }).join("\n");
}
