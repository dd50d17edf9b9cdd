import type { Socket } from "node:net";
import postgres from "postgres";
import { notAnAddress } from "./address.ts";
import { withoutEncryption } from "./encryption.ts";
import type { Address } from "./socket.ts";

/**
 * Settings with which every session prints values the same way and sees every row, whatever the
 * defaults of the server or the URL are.
 */
const SESSION = {
  client_encoding: "UTF8",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  // JIT does not speed up a COPY of simple columns, and starting it takes time.
  jit: "off",
  // A policy that hides rows must fail the read, or hidden rows would count as deleted.
  row_security: "off",
  // The session of a process that vanished must not hold its locks for long.
  idle_in_transaction_session_timeout: "15min",
  tcp_keepalives_idle: "60",
};
const FIXED: ReadonlySet<string> = new Set(Object.keys(SESSION).map((name) => name.toLowerCase()));

/** Dates and timestamps stay text in both directions: a `Date` would cut them to milliseconds. */
const EXACT_TIME = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (text: string) => text,
  parse: (text: string) => text,
};

/** What postgres.js asks for, and what it reports. */
export interface DriverHooks {
  /** Opens a socket to the server, encrypted if need be. */
  readonly socket: (address: Address) => Promise<Socket>;
  /** Called when the connection is closed. */
  readonly onclose: () => void;
}

/**
 * Opens postgres.js for one session, whose settings are those that the pipeline needs and `session`.
 *
 * @throws {ConfigurationError} when it cannot read the URL.
 */
export function openDriver(
  url: URL,
  session: Readonly<Record<string, string>>,
  hooks: DriverHooks,
): postgres.Sql {
  const address = withoutEncryption(url);
  try {
    const path = address.pathname.slice(1);
    for (const name of [...address.searchParams.keys()]) {
      if (FIXED.has(name.toLowerCase())) address.searchParams.delete(name);
    }
    const options = {
      // postgres.js takes the path literally and the first @ as the end of the password; URL encodes
      // both.
      database: decodeURIComponent(path),
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      fetch_types: false,
      prepare: false,
      connection: { application_name: "totesys-etl", ...SESSION, ...session },
      types: { date: EXACT_TIME },
      ssl: false, // the socket handles it
      onnotice: () => {},
      ...hooks, // `socket` is an option that its types omit
    };
    return postgres(address.href, options as object);
  } catch {
    throw notAnAddress();
  }
}
