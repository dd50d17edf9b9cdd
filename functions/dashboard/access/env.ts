/**
 * What requests bring along.
 *
 * @module
 */
import type { Context } from "hono";
import { addressOf } from "./client.ts";

/** The environment of the application. */
export interface AccessEnv {
  /** The other end of the connection. */
  readonly Bindings: { readonly remoteAddr?: Deno.Addr } | undefined;
  readonly Variables: {
    /** Whether there is a session to end; undefined before that is known. */
    readonly canSignOut?: boolean;
  };
}

/** Returns the address at the other end, or null when the connection has none. */
export function remoteAddress(context: Context<AccessEnv>): string | null {
  return addressOf(context.env?.remoteAddr);
}

/** Returns whether the browser speaks https: with this process, or with a proxy at the public address. */
export function isSecure(request: Request, url: string | null): boolean {
  return request.url.startsWith("https:") || url !== null && url.startsWith("https:");
}
