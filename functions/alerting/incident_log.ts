/**
 * The incidents of a pipeline, kept in its ingestion zone so that of several processes that see a
 * problem exactly one sends the mail. An incident is a folder, `_alerts/<incident>/`. Its entries are
 * numbered and never change, and the process that puts the next number acts on it.
 *
 * @module
 */
import { readAll } from "../../sdk/lake/store.ts";
import type { ObjectStore } from "../../sdk/mod.ts";
import {
  afterMail,
  byIncident,
  type IncidentEntry,
  incidentOf,
  isClaim,
  nextEntry,
  type Observation,
} from "./incident.ts";
import { fromFormat1, incidentOfFormat1 } from "./incident_format_1.ts";

/** Sends the mail of an entry. Throws when it could not be sent. */
export type Mailer = (entry: IncidentEntry) => Promise<void>;

/** A change of an incident. */
export interface IncidentStep {
  /** The incident's name. */
  readonly incident: string;
  /** The entry that was written. */
  readonly entry: IncidentEntry;
  /** The outcome of its mail; null when none was due. */
  readonly mail: "sent" | "failed" | null;
  /** Why the mail could not be sent. */
  readonly error?: unknown;
}

/** Options of {@linkcode IncidentLog}. */
export interface IncidentOptions {
  /** Milliseconds between two mails about a problem that lasts. */
  readonly cooldown_ms: number;
  /** Sends mails. */
  readonly mailer: Mailer;
  /** The clock; defaults to the machine's. */
  readonly now?: () => Date;
}

interface Latest {
  readonly number: number;
  /** Null when it cannot be read: the incident then counts as a new one. */
  readonly entry: IncidentEntry | null;
}

const FOLDER = "_alerts/";
const DIGITS = 6;
/** Keys that one request lists at most. */
const PAGE = 1_000;

/** The log of incidents. */
export class IncidentLog {
  readonly #store: ObjectStore;
  readonly #options: IncidentOptions;
  /**
   * Part of each entry, so that no two processes write the same bytes: a store takes an object with
   * the same bytes for its own when it has to repeat a request.
   */
  readonly #writer = crypto.randomUUID();
  /** The newest entry of each incident. Entries never change. */
  #seen: ReadonlyMap<string, Latest> = new Map();

  /** Creates a log in this store. Reads nothing yet. */
  constructor(store: ObjectStore, options: IncidentOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Records what a job found and sends the mails that are due. A mail that cannot be sent is not an
   * error here: a later call retries it.
   *
   * @throws {LakeError} when the store cannot be read or written.
   */
  async record({ alerts, checkedScopes }: Observation): Promise<IncidentStep[]> {
    const found = byIncident(alerts);
    const latest = await this.#latest();
    const steps: IncidentStep[] = [];
    let canSend = true;
    for (const incident of new Set([...latest.keys(), ...found.keys()])) {
      const { number, entry } = latest.get(incident) ?? { number: 0, entry: null };
      const policy = { now: this.#now(), cooldown_ms: this.#options.cooldown_ms };
      const next = nextEntry(entry, found.get(incident) ?? [], checkedScopes, policy);
      // Another process can be faster: then it sends the mail.
      if (!next || !await this.#put(incident, number + 1, next)) continue;
      if (!isClaim(next, entry)) {
        steps.push({ incident, entry: next, mail: null });
        continue;
      }
      const failure = await this.#send(next, canSend);
      const outcome = afterMail(next, entry, failure ? "failed" : "sent", this.#now());
      await this.#put(incident, number + 2, outcome);
      steps.push({ incident, entry: outcome, mail: failure ? "failed" : "sent", ...failure });
      canSend &&= failure === null;
    }
    return steps;
  }

  /** Returns the open incidents. @throws {LakeError} when the store cannot be read. */
  async open(): Promise<IncidentEntry[]> {
    const latest = [...(await this.#latest()).values()];
    return latest.flatMap(({ entry }) => entry?.state === "open" ? [entry] : []);
  }

  /**
   * Sends a mail. After a failure, the other mails wait for a later call: each would wait for the
   * same timeout.
   */
  async #send(entry: IncidentEntry, canSend: boolean): Promise<{ error: unknown } | null> {
    if (!canSend) return { error: new Error("another mail could not be sent") };
    return await this.#options.mailer(entry).then(() => null, (error) => ({ error }));
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  async #put(incident: string, number: number, entry: IncidentEntry): Promise<boolean> {
    const key = keyOf(incident, number);
    const line = `${JSON.stringify({ ...entry, writer: this.#writer })}\n`;
    return await this.#store.put(key, new TextEncoder().encode(line));
  }

  async #latest(): Promise<Map<string, Latest>> {
    const numbers = new Map<string, number>();
    for await (const [incident, number] of this.#numbers()) numbers.set(incident, number);
    const latest = new Map<string, Latest>();
    for (const [incident, number] of numbers) {
      const seen = this.#seen.get(incident);
      const entry = seen?.number === number
        ? seen.entry
        : await this.#read(keyOf(incident, number), incident);
      latest.set(incident, { number, entry });
    }
    return this.#seen = latest;
  }

  /** Yields the entries' numbers in order. Skips pages of entries that were seen before. */
  async *#numbers(): AsyncGenerator<[incident: string, number: number]> {
    let after: string | undefined;
    do {
      const keys = this.#store.list(FOLDER, after);
      after = undefined;
      for await (const key of keys) {
        const [, incident, digits] = /^_alerts\/([^/]+)\/(\d{6,})\.json$/.exec(key) ?? [];
        if (!incident) continue;
        yield [incident, Number(digits)];
        const seen = this.#seen.get(incident)?.number ?? 0;
        if (seen - Number(digits) <= PAGE) continue;
        after = keyOf(incident, seen - 1);
        break;
      }
    } while (after !== undefined);
  }

  async #read(key: string, incident: string): Promise<IncidentEntry | null> {
    return parseEntry(new TextDecoder().decode(await readAll(this.#store, key)), incident);
  }
}

/** Returns null for a text that is not an entry of the incident: it must not silence all others. */
function parseEntry(text: string, incident: string): IncidentEntry | null {
  try {
    const entry = JSON.parse(text);
    if (!Number.isFinite(Date.parse(entry.at))) return null;
    if (entry.format === 1) {
      return incidentOfFormat1(entry) === incident ? fromFormat1(entry) : null;
    }
    if (
      entry.format !== 2 || !entry.alerts.every((alert: never) => incidentOf(alert) === incident)
    ) {
      return null;
    }
    return entry;
  } catch {
    return null;
  }
}

function keyOf(incident: string, number: number): string {
  return `${FOLDER}${incident}/${String(number).padStart(DIGITS, "0")}.json`;
}
