/**
 * Keeps passwords out of what is printed, and out of command lines in the first place.
 *
 * @module
 */

/** Whether a URL names a password, well-formed or not. */
export function holdsPassword(url: string): boolean {
  const [address, query = ""] = url.replace(/^[a-z][a-z\d+.-]*:\/\//i, "").split(/\?(.*)/s);
  return /:.*@/s.test(address) || /(^|&)[^=&]*password=/i.test(query);
}

/** Returns an argument that is safe to print: without values, addresses and letters behind a flag. */
export function redact(argument: string): string {
  if (/^-[^-]/.test(argument)) return argument.slice(0, 2);
  return argument.replace(/=.*/s, "").replace(/.*:.*@/s, "…@");
}
