/**
 * Reads the incidents of a pipeline. Only {@linkcode IncidentReader.latest | the newest entry} of each
 * is read: it holds all that matters.
 *
 * @module
 */
import { readAll } from "../../sdk/lake/store.ts";
import type { ObjectStore } from "../../sdk/mod.ts";
import { type IncidentEntry, incidentOf } from "./incident.ts";
import { fromFormat1, incidentOfFormat1 } from "./incident_format_1.ts";

/** The newest entry of an incident. */
export interface LatestEntry {
  /** Its number in the log of the incident, from 1. */
  readonly number: number;
  /** Null when it cannot be read: the incident then counts as a new one. */
  readonly entry: IncidentEntry | null;
}

const FOLDER = "_alerts/";
const DIGITS = 6;
/** Keys that one request lists at most. */
const PAGE = 1_000;

/** Returns the key of an entry. */
export function incidentKey(incident: string, number: number): string {
  return `${FOLDER}${incident}/${String(number).padStart(DIGITS, "0")}.json`;
}

/** Reads incidents, and again only what is new. */
export class IncidentReader {
  readonly #store: ObjectStore;
  /** The newest entry of each incident. Entries never change. */
  #seen: ReadonlyMap<string, LatestEntry> = new Map();

  /** Creates a reader of this store. Reads nothing yet. */
  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Returns the newest entry of each incident, by its name. @throws {LakeError} when the store cannot be read. */
  async latest(): Promise<Map<string, LatestEntry>> {
    const numbers = new Map<string, number>();
    for await (const [incident, number] of this.#numbers()) numbers.set(incident, number);
    const latest = new Map<string, LatestEntry>();
    for (const [incident, number] of numbers) {
      const seen = this.#seen.get(incident);
      const entry = seen?.number === number
        ? seen.entry
        : await this.#read(incidentKey(incident, number), incident);
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
        after = incidentKey(incident, seen - 1);
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
