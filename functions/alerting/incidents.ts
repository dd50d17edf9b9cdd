/**
 * What is wrong, written down in the lake, so that of several processes that see it exactly one tells
 * a person. An incident is a folder, `_alerts/<incident>/`; its entries are numbered and never change,
 * and whoever puts the next number acts on it.
 *
 * @module
 */
import { readWhole } from "../../sdk/lake/read_object.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import {
  type AlertPolicy,
  type IncidentEntry,
  incidentOf,
  merged,
  nextEntry,
  type Observation,
  outcomeOf,
} from "./incident.ts";

/** Sends the mail of a turn. Throws when it could not be sent. */
export type Mailer = (entry: IncidentEntry) => Promise<void>;

/** What was done about an incident. */
export interface IncidentStep {
  /** Its name. */
  readonly incident: string;
  /** What was written down. */
  readonly entry: IncidentEntry;
  /** How its mail went; null when none was due. */
  readonly mail: "sent" | "failed" | null;
  /** Why the mail could not be sent. */
  readonly error?: unknown;
}

/** What {@linkcode Incidents} takes. */
export interface IncidentOptions {
  /** How long a cause that was told is not told again, in milliseconds. */
  readonly cooldown_ms: number;
  /** Sends mails. */
  readonly mailer: Mailer;
  /** The clock; the machine's when omitted. */
  readonly now?: () => Date;
}

interface Latest {
  readonly number: number;
  /** Null when it cannot be read: the incident then counts as a new one. */
  readonly entry: IncidentEntry | null;
}

const FOLDER = "_alerts/";
const DIGITS = 6;
/** What one request lists at most. */
const PAGE = 1_000;

/** The incidents of a pipeline, kept in its ingestion zone. */
export class Incidents {
  readonly #store: ObjectStore;
  readonly #options: IncidentOptions;
  /** The newest entry of each incident. Entries never change. */
  #seen: ReadonlyMap<string, Latest> = new Map();

  /** Incidents kept in this store. Nothing is read yet. */
  constructor(store: ObjectStore, options: IncidentOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Takes in what a job saw: writes down what is new, what goes on and what is over, and sends the
   * mails that are due. A mail that cannot be sent is no error here; it is tried again later.
   *
   * @throws {LakeError} when the store cannot be read or written.
   */
  async take(sight: Observation): Promise<IncidentStep[]> {
    const found = merged(sight.findings);
    const latest = await this.#latest();
    const steps: IncidentStep[] = [];
    let canSend = true;
    for (const incident of new Set([...latest.keys(), ...found.keys()])) {
      const { number, entry } = latest.get(incident) ?? { number: 0, entry: null };
      const next = nextEntry(entry, found.get(incident), sight, this.#pace());
      // Whoever is faster sends the mail.
      if (!next || !await this.#put(incident, number + 1, next)) continue;
      const step = await this.#tell(incident, number + 2, next, canSend);
      canSend &&= step.mail !== "failed";
      steps.push(step);
    }
    return steps;
  }

  /** The incidents that have not ended. @throws {LakeError} when the store cannot be read. */
  async open(): Promise<IncidentEntry[]> {
    const latest = [...(await this.#latest()).values()];
    return latest.flatMap(({ entry }) => entry && entry.turn !== "closed" ? [entry] : []);
  }

  /** What could not send one mail would take its time over each: the others are tried again later. */
  async #tell(
    incident: string,
    number: number,
    entry: IncidentEntry,
    canSend: boolean,
  ): Promise<IncidentStep> {
    if (!entry.mail) return { incident, entry, mail: null };
    const failure = canSend
      ? await this.#options.mailer(entry).then(() => null, (error) => ({ error }))
      : { error: new Error("another mail could not be sent") };
    await this.#put(incident, number, outcomeOf(entry, failure === null, this.#pace().now));
    return failure
      ? { incident, entry, mail: "failed", error: failure.error }
      : { incident, entry, mail: "sent" };
  }

  #pace(): AlertPolicy {
    const { now = () => new Date(), cooldown_ms } = this.#options;
    return { now: now(), cooldown_ms };
  }

  async #put(incident: string, number: number, entry: IncidentEntry): Promise<boolean> {
    const key = keyOf(incident, number);
    return await this.#store.put(key, new TextEncoder().encode(JSON.stringify(entry) + "\n"));
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

  /** The entries' numbers in order. Pages of them that were seen before are leapt over. */
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

  /** An entry that is no entry must not silence all others. */
  async #read(key: string, incident: string): Promise<IncidentEntry | null> {
    const bytes = await readWhole(this.#store, key);
    try {
      const entry = JSON.parse(new TextDecoder().decode(bytes)) as IncidentEntry;
      const fine = entry.format === 1 && incidentOf(entry.finding) === incident &&
        Array.isArray(entry.told) && Number.isFinite(Date.parse(entry.at));
      return fine ? entry : null;
    } catch {
      return null;
    }
  }
}

function keyOf(incident: string, number: number): string {
  return `${FOLDER}${incident}/${String(number).padStart(DIGITS, "0")}.json`;
}
