/**
 * Keeps passwords out of what is printed, and out of command lines in the first place.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";

/** Returns whether a URL has a password, even if the URL is malformed. */
export function holdsPassword(url: string): boolean {
  const [address, query = ""] = url.replace(/^[a-z][a-z\d+.-]*:\/\//i, "").split(/\?(.*)/s);
  return /:.*@/s.test(address) || /(^|&)[^=&]*password=/i.test(query);
}

/** Returns the error for an option whose URL has a password. */
export function passwordRefusal(option: string): ConfigurationError {
  const variable = option === "into" ? "TARGET_URL" : option.toUpperCase().replaceAll("-", "_");
  const flag = option === "into" ? `pass --into-env ${variable}` : `leave --${option} out`;
  return new ConfigurationError(
    `--${option} has a URL with a password, which shells and CI logs record`,
    {
      stage: "configuration",
      next: `put the URL into the environment variable ${variable} and ${flag}, or pass ` +
        `--${option} - and give the URL on standard input`,
    },
  );
}

/** Returns an argument that is safe to print: without values, addresses and letters behind a flag. */
export function redact(argument: string): string {
  if (/^-[^-]/.test(argument)) return argument.slice(0, 2);
  return argument.replace(/=.*/s, "").replace(/.*:.*@/s, "…@");
}
