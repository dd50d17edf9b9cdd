/**
 * The incidents of a pipeline, kept in its ingestion zone so that of several processes that see a
 * problem exactly one sends the mail. An incident is a folder, `_alerts/<incident>/`. Its entries are
 * numbered and never change, and the process that puts the next number acts on it.
 *
 * @module
 */
import type { ObjectStore } from "../../sdk/mod.ts";
import {
  afterMail,
  byIncident,
  type IncidentEntry,
  isClaim,
  nextEntry,
  type Observation,
} from "./incident.ts";
import { incidentKey, IncidentReader } from "./incident_reader.ts";

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

/** The log of incidents. */
export class IncidentLog {
  readonly #store: ObjectStore;
  readonly #options: IncidentOptions;
  /**
   * Part of each entry, so that no two processes write the same bytes: a store takes an object with
   * the same bytes for its own when it has to repeat a request.
   */
  readonly #writer = crypto.randomUUID();
  readonly #reader: IncidentReader;

  /** Creates a log in this store. Reads nothing yet. */
  constructor(store: ObjectStore, options: IncidentOptions) {
    this.#store = store;
    this.#reader = new IncidentReader(store);
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
    const latest = await this.#reader.latest();
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
    const latest = [...(await this.#reader.latest()).values()];
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
    const key = incidentKey(incident, number);
    const line = `${JSON.stringify({ ...entry, writer: this.#writer })}\n`;
    return await this.#store.put(key, new TextEncoder().encode(line));
  }
}
