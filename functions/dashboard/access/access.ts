/**
 * Who can see the dashboard: people who log in, tools that send the password with each request, and
 * people that a proxy has signed in.
 *
 * @module
 */
import { log } from "../../log.ts";
import { addressMatcher, clientAddress, clientOf } from "./client.ts";
import { Failures } from "./failures.ts";
import { isEqual, Sessions } from "./session.ts";

/** Who can see the dashboard. */
export interface AccessSettings {
  /** The password for people and tools; null for none. */
  readonly password: { get(): Promise<string> } | null;
  /** The header, in small letters, in which a proxy names the user that it has signed in; null for none. */
  readonly proxyHeader: string | null;
  /** The addresses and ranges of the proxies whose headers count. */
  readonly proxies: readonly string[];
  /** The public address; null when it is unknown. */
  readonly url: string | null;
}

/** Who sends a password. */
export interface Client {
  /** The address of the client itself, as far as it is known. */
  readonly address: string | null;
  /** The cookie of a session that can have expired; undefined for none. */
  readonly cookie: string | undefined;
}

/** The result of checking a password. */
export interface Check {
  readonly isRight: boolean;
  /** Seconds until a password of this client is checked again: it has not been. 0 if it has. */
  readonly wait_s: number;
}

/** Checks passwords, sessions and the proxy's header. */
export class Access {
  /** The public address; null when it is unknown. */
  readonly url: string | null;
  /** Whether there is a password. */
  readonly hasPassword: boolean;
  readonly #settings: AccessSettings;
  readonly #now: () => Date;
  readonly #isProxy: (address: string | null) => boolean;
  readonly #failures = new Failures();
  readonly #sessions = new Sessions();

  /** Creates the access of one instance: it counts refused passwords for itself. */
  constructor(settings: AccessSettings, now: () => Date) {
    this.#settings = settings;
    this.#now = now;
    this.url = settings.url;
    this.hasPassword = settings.password !== null;
    this.#isProxy = addressMatcher(settings.proxies);
  }

  /** Returns the address of the client, which a proxy can stand in front of. */
  clientAddress(headers: Headers, address: string | null): string | null {
    return clientAddress(address, headers.get("x-forwarded-for"), this.#isProxy);
  }

  /** Returns whether the proxy has signed in who sent these headers from an address. */
  isProxied(headers: Headers, address: string | null): boolean {
    const { proxyHeader } = this.#settings;
    // A header that was sent twice is a list: two empty ones name nobody.
    return proxyHeader !== null && this.#isProxy(address) &&
      /[^\s,]/.test(headers.get(proxyHeader) ?? "");
  }

  /**
   * Checks a password. Too many wrong ones are refused unchecked. They are counted by address, but those of a
   * browser that has logged in before by its cookie: strangers cannot lock it out, from whatever address.
   */
  async check(given: string, { address, cookie = "" }: Client): Promise<Check> {
    const expected = await this.#password();
    const isKnown = await this.#sessions.isGenuine(cookie, expected);
    const [client, now] = [isKnown ? cookie : clientOf(address), this.#time()];
    // Nothing is awaited from here on: requests at the same time are counted one by one.
    const wait_s = this.#failures.waitOf(client, now, isKnown || undefined);
    if (wait_s > 0) return { isRight: false, wait_s };
    const isRight = isEqual(given, expected);
    if (isRight) {
      this.#failures.addSuccess(client);
    } else {
      this.#failures.addFailure(client, now);
      log("warning", "login", { outcome: "refused", address });
    }
    return { isRight, wait_s: 0 };
  }

  /** Returns the cookie of a new session. */
  async issue(): Promise<string> {
    return await this.#sessions.issue(await this.#password(), this.#time());
  }

  /** Returns whether a cookie is of a session that has not expired. */
  async isSession(cookie: string): Promise<boolean> {
    return await this.#sessions.isValid(cookie, await this.#password(), this.#time());
  }

  #password(): Promise<string> {
    return this.#settings.password!.get();
  }

  #time(): number {
    return this.#now().getTime();
  }
}
