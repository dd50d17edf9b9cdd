/**
 * The parsers of {@linkcode SETTINGS}. The message of each error completes "NAME …". None quotes the
 * text, which can contain a password.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { encryptionOf } from "../../sdk/postgres/encryption.ts";

const ADDRESS = /^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/;
const NAMESPACE = /^(?!aws\/)[A-Za-z0-9._/#-]{1,255}$/i;
const HEADER = /^[a-z][a-z0-9-]{0,63}$/;
/** Headers that clients set themselves: behind most proxies, everyone would be signed in. */
const CLIENT_HEADER =
  /^(accept(-|$)|content-|sec-|x-forwarded-(for|host|port|proto)$|(authorization|connection|cookie|forwarded|host|origin|referer|user-agent|via)$)/;
/** A shorter password can be guessed, even at the pace that the login allows. */
const MIN_PASSWORD = 12;
/** The most recipients that SES accepts for one mail. */
const MAX_RECIPIENTS = 50;

/** The numbers that a setting accepts, and the factor to apply. */
interface NumberOptions {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly whole?: boolean;
  readonly unit?: number;
}

/** Returns a parser of decimal numbers in a range. Its result is multiplied by `unit`. */
export function number(
  { from, above, to = Infinity, whole = false, unit = 1 }: NumberOptions,
): (text: string) => number {
  const isInRange = (value: number) => above === undefined ? value >= from! : value > above;
  const least = above === undefined ? `from ${from}` : `above ${above}`;
  const range = to === Infinity
    ? (above === undefined ? `${least} up` : least)
    : `${least} to ${to}`;
  return (text) => {
    const value = /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : NaN;
    const isValid = isInRange(value) && value <= to && (!whole || Number.isSafeInteger(value));
    return isValid ? value * unit : refuse(`is not a ${whole ? "whole " : ""}number ${range}`);
  };
}

/** Returns a parser that turns an empty text into null. */
export function optional<Value>(parse: (text: string) => Value): (text: string) => Value | null {
  return (text) => text === "" ? null : parse(text);
}

/** Returns a parser that turns `off` into null. */
export function unlessOff<Value>(parse: (text: string) => Value): (text: string) => Value | null {
  return (text) => text.toLowerCase() === "off" ? null : parse(text);
}

/** Checks a Postgres URL and returns it. */
export function databaseUrl(text: string): string {
  const url = parseUrl(text, ["postgres:", "postgresql:"]);
  try {
    encryptionOf(url);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    refuse(`cannot be used: ${[error.message, error.next?.advice].filter(Boolean).join("; ")}`);
  }
  return text;
}

/** Opens the object store that a URL names. Nothing is read. */
export function objectStore(text: string): ObjectStore {
  const { protocol, pathname } = parseUrl(text, ["file:", "s3:"]);
  if (protocol === "file:" && pathname === "/") refuse("names no folder");
  try {
    return openStore(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return refuse(`cannot be used: ${error.message}`);
  }
}

/** Checks the URL of an object store and returns it. */
export function storeUrl(text: string): string {
  return objectStore(text).url;
}

/** Returns URLs with `{date}` in them, separated by spaces or commas. */
export function rateTemplates(text: string): string[] {
  const urls = text.split(/[\s,]+/).filter(Boolean);
  if (urls.length === 0) refuse("contains no URL");
  for (const template of urls) {
    if (!template.includes("{date}")) refuse("has a URL without {date}");
    const example = template.replaceAll("{date}", "2026-01-01").replaceAll("{code}", "eur");
    const { username, password } = parseUrl(example, ["https:", "http:"]);
    if (username || password) refuse("has a URL with a user name");
  }
  return urls;
}

/** Returns a currency code of three letters, in capital letters. */
export function currencyCode(text: string): string {
  return /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : refuse("is not a code of three letters");
}

function parseUrl(text: string, protocols: readonly string[]): URL {
  const url = URL.parse(text);
  if (url === null) return refuse("is not a URL");
  const { protocol, username, password, pathname } = url;
  if (!canDecode(username + password + pathname)) {
    refuse("contains a % that must be written as %25");
  }
  if (protocols.includes(protocol)) return url;
  // What precedes the colon is not quoted: it can be the password of a malformed URL.
  return refuse(`does not begin with ${protocols.map((known) => `${known}//`).join(" or ")}`);
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Checks a date (YYYY-MM-DD) and returns it. */
export function calendarDate(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text);
  return isDate ? text : refuse("is not a date, YYYY-MM-DD");
}

/** Checks a mail address and returns it. */
export function emailAddress(text: string): string {
  return ADDRESS.test(text) ? text : refuse("is not a mail address");
}

/** Returns mail addresses that are separated by commas. */
export function emailAddresses(text: string): string[] {
  const addresses = text.split(",").map((address) => address.trim()).filter(Boolean);
  if (!addresses.every((address) => ADDRESS.test(address))) {
    refuse("is not a list of mail addresses");
  }
  if (addresses.length > MAX_RECIPIENTS) refuse(`has more than ${MAX_RECIPIENTS} addresses`);
  if (addresses.length === 0 && text !== "") refuse("contains no address");
  return addresses;
}

/** Checks a CloudWatch namespace and returns it. */
export function metricNamespace(text: string): string {
  return NAMESPACE.test(text) ? text : refuse("is not a CloudWatch namespace");
}

/** Checks a password that people type and returns it. */
export function passphrase(text: string): string {
  return text.length >= MIN_PASSWORD ? text : refuse(`is shorter than ${MIN_PASSWORD} characters`);
}

/** Checks the name of a request header and returns it in small letters. */
export function headerName(text: string): string {
  const name = text.toLowerCase();
  if (!HEADER.test(name)) refuse("is not the name of a header");
  if (CLIENT_HEADER.test(name)) refuse("is a header that every client can set");
  return name;
}

/** Returns IP addresses and ranges (`10.0.0.0/8`) that are separated by spaces or commas. */
export function ipAddresses(text: string): string[] {
  const addresses = text.split(/[\s,]+/).filter(Boolean);
  if (addresses.length === 0) refuse("contains no address");
  if (!addresses.every(isAddressOrRange)) refuse("is not a list of IP addresses and ranges");
  return addresses;
}

function isAddressOrRange(text: string): boolean {
  const [, address, bits = "1"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = address === undefined ? 0 : isIpv4(address) ? 32 : isIpv6(address) ? 128 : 0;
  // A range of all addresses would let everybody in.
  return Number(bits) >= 1 && Number(bits) <= most;
}

// node:net would know, and takes longer to load than the rest of the settings.
function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) &&
    text.split(".").every((byte) => Number(byte) < 256);
}

function isIpv6(text: string): boolean {
  return text.includes(":") && URL.canParse(`http://[${text}]/`);
}

/** Checks the address of a website, without a path, and returns it without a slash at the end. */
export function webAddress(text: string): string {
  const { origin, pathname, username, password, search, hash } = parseUrl(text, [
    "https:",
    "http:",
  ]);
  if (username || password) refuse("has a user name");
  if (pathname !== "/" || search || hash) refuse("has a path: the dashboard is at the root");
  return origin;
}

function refuse(problem: string): never {
  throw new ConfigurationError(problem);
}
