/**
 * The environment as settings: which variables there are, what they must look like, and a clear word
 * when one does not.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import { encryptionOf } from "../../sdk/postgres/encryption.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import type { ReplayOptions } from "../../sdk/operate/replay/replay.ts";
import type { RunOptions } from "../../sdk/operate/run.ts";
import { remedyText } from "../remedy.ts";

/** Reads a setting by its variable's name. */
export type Environment = (name: string) => string | undefined;

/** The variables that say where everything is. Each is also a flag: `--source-url`. */
export const SETTINGS = {
  SOURCE_URL: {
    what: "the totesys database to read, or secretsmanager://NAME",
    example: "postgres://reader:secret@db.example.com:5432/totesys",
    protocols: ["postgres:", "postgresql:"],
  },
  WAREHOUSE_URL: {
    what: "the database to keep the star schema in, or secretsmanager://NAME",
    example: "postgres://loader:secret@db.example.com:5432/warehouse",
    protocols: ["postgres:", "postgresql:"],
  },
  INGESTION_URL: {
    what: "the lake's ingestion zone",
    example: "file:///var/lake/ingestion",
    protocols: ["file:", "s3:"],
  },
  PROCESSED_URL: {
    what: "the lake's processed zone",
    example: "file:///var/lake/processed",
    protocols: ["file:", "s3:"],
  },
} as const;

/** The name of a setting. */
export type Setting = keyof typeof SETTINGS;

/** The settings as the stages take them. */
export type Settings =
  & Pick<RunOptions, "source" | "ingestion" | "processed" | "warehouse">
  & Pick<RunOptions, "reconcile_every_ms" | "quarantine_limit" | "chunk_rows">;

/** The settings that are numbers and may be left out. */
export const TUNING = {
  RECONCILE_MINUTES: { what: "minutes between reconciliations, done by run", example: "60" },
  QUARANTINE_LIMIT: {
    what: "percent of a table's rows in a batch that may be bad (100 rows always may)",
    example: "5",
  },
  CHUNK_ROWS: { what: "most rows that one commit of a first load reads", example: "500000" },
} as const;

const MINUTE_MS = 60_000;

const HELP = { stage: "configuration", next: "deno task etl --help" };

/** The database a replay fills. */
const TARGET: UrlSetting = {
  what: "the database to build the warehouse in",
  example: "postgres://loader:secret@db.example.com:5432/warehouse_2",
  protocols: SETTINGS.WAREHOUSE_URL.protocols,
};

/** A getter per part of the pipeline, so that a command asks only for what it uses. */
export class Configuration {
  readonly #environment: Environment;
  readonly #readers = {
    source: () => this.#url("SOURCE_URL"),
    warehouse: () => this.#url("WAREHOUSE_URL"),
    ingestion: () => this.#store("INGESTION_URL"),
    processed: () => this.#store("PROCESSED_URL"),
    reconcile_every_ms: () => this.#number("RECONCILE_MINUTES", MINUTE_MS),
    quarantine_limit: () => this.#percent("QUARANTINE_LIMIT"),
    chunk_rows: () => this.#count("CHUNK_ROWS"),
  };

  /** Reads settings from the given environment, when they are asked for. */
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The source's and the warehouse's URL. @throws {ConfigurationError} */
  get databases(): Pick<Settings, "source" | "warehouse"> {
    return this.#read("source", "warehouse");
  }

  /** What extraction needs. @throws {ConfigurationError} */
  get extraction(): Pick<Settings, "source" | "ingestion" | "chunk_rows"> {
    return this.#read("source", "ingestion", "chunk_rows");
  }

  /** What transforming needs. @throws {ConfigurationError} */
  get zones(): Pick<Settings, "ingestion" | "processed" | "quarantine_limit"> {
    return this.#read("ingestion", "processed", "quarantine_limit");
  }

  /** The warehouse's URL. @throws {ConfigurationError} */
  get warehouse(): Pick<Settings, "warehouse"> {
    return this.#read("warehouse");
  }

  /** What loading needs. @throws {ConfigurationError} */
  get loading(): Pick<Settings, "processed" | "warehouse"> {
    return this.#read("processed", "warehouse");
  }

  /**
   * What a replay needs. The databases that must not be its target are named when they are set.
   *
   * @throws {ConfigurationError}
   */
  replaying(flags: Readonly<Record<string, string | boolean | undefined>>): ReplayOptions {
    const isSet = (name: Setting) => Boolean(this.#environment(name));
    const zones = this.#read(
      "processed",
      ...flags["from-ingestion"] ? ["ingestion", "quarantine_limit"] as const : [],
      ...isSet("SOURCE_URL") ? ["source"] as const : [],
      ...isSet("WAREHOUSE_URL") ? ["warehouse"] as const : [],
    );
    return {
      ...zones,
      into: checkedUrl("--into", flags.into as string | undefined, TARGET),
      from_ingestion: Boolean(flags["from-ingestion"]),
      from: wholeNumber("--from", flags.from as string | undefined),
    };
  }

  /** Everything. @throws {ConfigurationError} */
  get pipeline(): Settings {
    return this.#read(...Object.keys(this.#readers) as (keyof Settings)[]);
  }

  /** Reads several settings and names everything that is wrong with them at once. */
  #read<K extends keyof Settings>(...names: K[]): Pick<Settings, K> {
    const values: Partial<Record<keyof Settings, unknown>> = {};
    const problems: string[] = [];
    for (const name of names) {
      try {
        values[name] = this.#readers[name]();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        problems.push(error.message);
      }
    }
    problems.push(...conflicts(values as Partial<Settings>));
    if (problems.length === 0) return values as Pick<Settings, K>;
    throw new ConfigurationError(problems.join("\n"), HELP);
  }

  #number(name: keyof typeof TUNING, unit = 1): number | undefined {
    const value = this.#environment(name)?.trim();
    if (value === undefined || value === "") return undefined;
    const number = numberIn(value);
    if (!Number.isNaN(number)) return number * unit;
    throw new ConfigurationError(`${name} is not a number. ${tuningAdvice(name)}`);
  }

  #percent(name: keyof typeof TUNING): number | undefined {
    const number = this.#number(name);
    if (number === undefined || number <= 100) return number;
    throw new ConfigurationError(`${name} is not a number from 0 to 100. ${tuningAdvice(name)}`);
  }

  #count(name: keyof typeof TUNING): number | undefined {
    const number = this.#number(name);
    if (number === undefined || (Number.isSafeInteger(number) && number > 0)) return number;
    throw new ConfigurationError(`${name} is not a whole number from 1 up. ${tuningAdvice(name)}`);
  }

  #store(name: Setting): ObjectStore {
    const url = this.#url(name);
    try {
      return openStore(url);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      throw new ConfigurationError(`${name}: ${error.message}. ${adviceOn(name)}`);
    }
  }

  #url(name: Setting): string {
    return checkedUrl(name, this.#environment(name), SETTINGS[name]);
  }
}

/** What a URL is for, and what it may look like. */
interface UrlSetting {
  readonly what: string;
  readonly example: string;
  readonly protocols: readonly string[];
}

function checkedUrl(name: string, given: string | undefined, setting: UrlSetting): string {
  const { what, example, protocols } = setting;
  const refuse = (problem: string): never => {
    const advice = `${name} is ${what}, for example ${example}`;
    throw new ConfigurationError(`${name} ${problem}. ${advice}`, HELP);
  };
  const value = given?.trim();
  if (!value) return refuse("is not set");
  // The value itself stays out of the message: it may hold a password.
  if (!URL.canParse(value)) return refuse("is not a URL");
  const { protocol, username, password, pathname } = new URL(value);
  if (!canDecode(username + password + pathname)) return refuse("has a % that must be written %25");
  if (protocol === "file:" && pathname === "/") return refuse("names no folder");
  const insecure = protocol.startsWith("postgres") && encryptionProblem(value);
  if (insecure) return refuse(insecure);
  return protocols.includes(protocol) ? value : refuse(`cannot begin with ${protocol}`);
}

/** A decimal number from 0 up, or NaN. */
export function numberIn(text: string): number {
  return /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : NaN;
}

/** A number that counts commits. */
function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,11}$/.test(value)) return Number(value);
  throw new ConfigurationError(`${name} is not the number of a commit, for example 12`, HELP);
}

/** Two ends that are one: the pipeline would write where it reads. */
function conflicts({ source, warehouse, ingestion, processed }: Partial<Settings>): string[] {
  const problems: string[] = [];
  if (source !== undefined && warehouse !== undefined && placeOf(source) === placeOf(warehouse)) {
    problems.push("SOURCE_URL and WAREHOUSE_URL are the same database");
  }
  if (ingestion !== undefined && ingestion.url === processed?.url) {
    problems.push("INGESTION_URL and PROCESSED_URL are the same place");
  }
  return problems;
}

/** What leaves open whether a connection is encrypted. */
function encryptionProblem(url: string): string | null {
  try {
    encryptionOf(new URL(url));
    return null;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { message, next } = error;
    return `has a setting to fix: ${message}${next ? `; ${remedyText(next)}` : ""}`;
  }
}

/** The database that a URL names, whoever asks and however. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname.toLowerCase()}:${port || 5432}${pathname}`;
}

function tuningAdvice(name: keyof typeof TUNING): string {
  const { what, example } = TUNING[name];
  return `${name} is the ${what}, for example ${example}`;
}

function adviceOn(name: Setting): string {
  const { what, example } = SETTINGS[name];
  return `${name} is ${what}, for example ${example}`;
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
