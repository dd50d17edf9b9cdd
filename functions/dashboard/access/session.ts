/**
 * Sessions without a store: the cookie says when it expires, and a signature proves that it was issued to
 * someone who knew the password. The key comes from the password, so a new password ends every session.
 *
 * @module
 */
import { createHash, createHmac, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** Seconds for which a session lasts. */
export const SESSION_S = 7 * 86_400;
/** Seconds for which browsers keep the cookie, at most: also an expired one says that its browser is known. */
export const COOKIE_S = 400 * 86_400;

const SALT = "totesys dashboard session 1";
const KEY_BYTES = 32;
const COOKIE = /^([1-9]\d{9,11})\.([\w-]{43})$/;

/** Signs and verifies the sessions of a password. */
export class Sessions {
  #password: string | undefined;
  #key: Promise<Uint8Array> | undefined;

  /** Returns the value of the cookie of a new session. `now` is in milliseconds. */
  async issue(password: string, now: number): Promise<string> {
    const expiry = String(Math.floor(now / 1000) + SESSION_S);
    return `${expiry}.${sign(await this.#keyOf(password), expiry)}`;
  }

  /** Returns whether a cookie is of a session that has not expired. */
  async isValid(cookie: string, password: string, now: number): Promise<boolean> {
    return await this.isGenuine(cookie, password) && Number(COOKIE.exec(cookie)![1]) * 1000 > now;
  }

  /** Returns whether a cookie was issued to someone who knew the password, whenever that was. */
  async isGenuine(cookie: string, password: string): Promise<boolean> {
    const [, expiry, signature] = COOKIE.exec(cookie) ?? [];
    if (expiry === undefined) return false;
    return isEqual(signature, sign(await this.#keyOf(password), expiry));
  }

  /** Derives the key. It takes long on purpose: a stolen cookie must not help to guess the password. */
  #keyOf(password: string): Promise<Uint8Array> {
    if (this.#key && this.#password === password) return this.#key;
    this.#password = password;
    return this.#key = (promisify(scrypt) as Derive)(password, SALT, KEY_BYTES);
  }
}

type Derive = (password: string, salt: string, bytes: number) => Promise<Uint8Array>;

function sign(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Compares two texts in a time that does not depend on where they differ. */
export function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
