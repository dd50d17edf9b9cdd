import { redact } from "./passwords.ts";

const REWORDED: readonly [RegExp, string][] = [
  [/^error: /, ""],
  [/\n\(Did you mean one of (.*)\?\)$/, ". Did you mean one of: $1?"],
  [/\n\(Did you mean (.*)\?\)$/, '. Did you mean "$1"?'],
  [/^missing required argument '(.*)'$/, "<$1> is missing"],
  [/^option '(?:-\w, )?(--[\w-]+)[^']*' argument missing$/, "$1 needs a value"],
  [/^too many arguments for '(.*?)'\. Expected (\d+).*$/s, 'too many arguments: "$1" takes $2'],
  [
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '.*' is invalid\. Allowed choices are (.*)\.$/s,
    "$1 takes one of: $2",
  ],
  [
    /^command-argument value '.*' is invalid for argument '(.*)'\. Allowed choices are (.*)\.$/s,
    "<$1> is one of: $2",
  ],
];

/**
 * Returns a message of Commander in this product's words, without the values of options. Commander calls
 * one of the `switches`, options without a value, unknown when it is given a value.
 */
export function usageMessage(message: string, switches: readonly string[]): string {
  const [, option] = /^error: unknown option '(--[\w-]+)=/.exec(message) ?? [];
  if (switches.includes(option)) return `${option} takes no value`;
  const reworded = REWORDED.reduce((text, [pattern, by]) => text.replace(pattern, by), message);
  // Greedy, because an argument can contain a quote with a password behind it.
  return reworded.replace(/'(.*)'/s, (_, argument) => `"${redact(argument)}"`);
}
