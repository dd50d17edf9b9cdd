/**
 * What a request says about itself.
 *
 * @module
 */
const MAX_RETURN = 2_000;

/** Returns the password in an `Authorization: Basic` header, whatever the user name; null without one. */
export function basicPassword(header: string | undefined): string | null {
  const encoded = /^basic +([a-z\d+/]+={0,2}) *$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0));
    return /^[^:]*:(.*)$/s.exec(new TextDecoder().decode(bytes))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Returns whether a browser asks for a page to show. Tools accept any type. */
export function wantsPage(method: string, accept: string | undefined): boolean {
  return (method === "GET" || method === "HEAD") && /\btext\/html\b/i.test(accept ?? "");
}

/** Returns a path of this site, with its query, to go to after the login; `/` for anything else. */
export function returnPath(text: string | null | undefined): string {
  if (!text || text.length > MAX_RETURN || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return "/";
  const url = URL.parse(text, "http://site");
  if (url?.origin !== "http://site" || /^\/+(login|logout)$/.test(url.pathname)) return "/";
  // "/.//host" is normalized to the address of another site.
  return url.pathname.startsWith("//") ? "/" : url.pathname + url.search;
}

/**
 * Returns whether a form was sent by a page of this site. Every browser says where a form comes from; what
 * does not is no browser, and carries no cookie that it did not choose to send.
 */
export function isOwnForm(headers: Headers, hosts: readonly string[]): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || hosts.includes(URL.parse(origin)?.host ?? "");
}
