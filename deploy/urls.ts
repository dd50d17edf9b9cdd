/**
 * Database URLs.
 *
 * @module
 */

/** The address of a database. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** Returns a database's URL for a user. */
export function databaseUrl(
  { host, port, database }: DatabaseAddress,
  user: string,
  password: string,
): string {
  const url = new URL(`postgres://${host}:${port}/${encodeURIComponent(database)}`);
  return withUser(url.href, user, password);
}

/** Returns the URL with another user and password. Parameters such as `sslmode` stay. */
export function withUser(url: string, user: string, password: string): string {
  const other = new URL(url);
  other.username = encodeURIComponent(user);
  other.password = encodeURIComponent(password);
  return other.href;
}

/** Returns the password in a URL, or undefined when the URL is not for this role. */
export function passwordIn(url: string | undefined, role: string): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { username, password } = new URL(url);
  const isForRole = decodeURIComponent(username) === role && password !== "";
  return isForRole ? decodeURIComponent(password) : undefined;
}

/** Returns the user in a URL. */
export function userIn(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

/** Returns whether a database is on this machine. */
export function isLocal(url: string): boolean {
  return /^(localhost|127\..*|\[::1\]|)$/.test(new URL(url).hostname);
}

/** Returns a database's host and name, which can be shown. */
export function displayName(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
