/**
 * The URLs of databases, as the secrets keep them.
 *
 * @module
 */

/** Where a database is. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** The URL of a database for somebody. */
export function urlOf(
  { host, port, database }: DatabaseAddress,
  user: string,
  password: string,
): string {
  const url = new URL(`postgres://${host}:${port}/${encodeURIComponent(database)}`);
  return urlFor(url.href, user, password);
}

/** The same database, for somebody else. What else the URL says, such as `sslmode`, stays. */
export function urlFor(url: string, user: string, password: string): string {
  const other = new URL(url);
  other.username = encodeURIComponent(user);
  other.password = encodeURIComponent(password);
  return other.href;
}

/** The password in a URL, if it is this role's. */
export function passwordOf(url: string | undefined, role: string): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { username, password } = new URL(url);
  const isTheirs = decodeURIComponent(username) === role && password !== "";
  return isTheirs ? decodeURIComponent(password) : undefined;
}

/** Who a URL is for. */
export function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

/** Whether a database is on this machine. */
export function isHere(url: string): boolean {
  return /^(localhost|127\..*|\[::1\]|)$/.test(new URL(url).hostname);
}

/** A database's URL as it may be shown. */
export function shown(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
