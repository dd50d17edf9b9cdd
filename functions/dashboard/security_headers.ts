/**
 * The headers that tell browsers what the site can do: nothing but show its own stylesheet, script, icons
 * and forms.
 *
 * @module
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
};

/** Two years. */
const STRICT_TRANSPORT = "max-age=63072000";

/** Adds the headers to an answer. `isSecure`: the browser speaks https. */
export function addSecurityHeaders(headers: Headers, isSecure: boolean): void {
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  if (isSecure) headers.set("strict-transport-security", STRICT_TRANSPORT);
  // An answer that does not say otherwise belongs to the person who asked.
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}
