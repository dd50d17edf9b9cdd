/**
 * The environment as settings: which variables there are, what they must look like, and a clear word
 * when one does not.
 *
 * @module
 */
import { ConfigurationError } from "../sdk/errors.ts";
import { openStore } from "../sdk/lake/open_store.ts";
import type { ObjectStore } from "../sdk/lake/store.ts";
import type { Pipeline } from "../sdk/operate/run.ts";

/** Reads a setting by its variable's name. */
export type Environment = (name: string) => string | undefined;

/** The variables that say where everything is. Each is also a flag: `--source-url`. */
export const SETTINGS = {
  SOURCE_URL: {
    what: "the totesys database to read",
    example: "postgres://reader:secret@db.example.com:5432/totesys",
    protocols: ["postgres:", "postgresql:"],
  },
  WAREHOUSE_URL: {
    what: "the database to keep the star schema in",
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

/** A getter per end of the pipeline, so that a command asks only for those it uses. */
export class Configuration {
  readonly #environment: Environment;

  /** Reads settings from the given environment, when they are asked for. */
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The source's and the warehouse's URL. @throws {ConfigurationError} */
  get databases(): Pick<Pipeline, "source" | "warehouse"> {
    return this.#all({
      source: () => this.#url("SOURCE_URL"),
      warehouse: () => this.#url("WAREHOUSE_URL"),
    });
  }

  /** What extraction needs. @throws {ConfigurationError} */
  get extraction(): Pick<Pipeline, "source" | "ingestion"> {
    return this.#all({
      source: () => this.#url("SOURCE_URL"),
      ingestion: () => this.#store("INGESTION_URL"),
    });
  }

  /** What transforming needs. @throws {ConfigurationError} */
  get zones(): Pick<Pipeline, "ingestion" | "processed"> {
    return this.#all({
      ingestion: () => this.#store("INGESTION_URL"),
      processed: () => this.#store("PROCESSED_URL"),
    });
  }

  /** What loading needs. @throws {ConfigurationError} */
  get loading(): Pick<Pipeline, "processed" | "warehouse"> {
    return this.#all({
      processed: () => this.#store("PROCESSED_URL"),
      warehouse: () => this.#url("WAREHOUSE_URL"),
    });
  }

  /** Everything. @throws {ConfigurationError} */
  get pipeline(): Pick<Pipeline, "source" | "ingestion" | "processed" | "warehouse"> {
    return this.#all({
      source: () => this.#url("SOURCE_URL"),
      ingestion: () => this.#store("INGESTION_URL"),
      processed: () => this.#store("PROCESSED_URL"),
      warehouse: () => this.#url("WAREHOUSE_URL"),
    });
  }

  /** Reads several settings and names everything that is wrong with them at once. */
  #all<T extends Record<string, unknown>>(readers: { [K in keyof T]: () => T[K] }): T {
    const values: Partial<T> = {};
    const problems: string[] = [];
    for (const name of Object.keys(readers) as (keyof T)[]) {
      try {
        values[name] = readers[name]();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        problems.push(error.message);
      }
    }
    if (problems.length === 0) return values as T;
    throw new ConfigurationError(problems.join("\n"), {
      stage: "configuration",
      next: "deno task etl --help",
    });
  }

  #store(name: Setting): ObjectStore {
    const url = this.#url(name);
    try {
      return openStore(url);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      throw new ConfigurationError(`${name}: ${error.message} ${adviceOn(name)}`);
    }
  }

  #url(name: Setting): string {
    const { protocols } = SETTINGS[name];
    const value = this.#environment(name);
    const advice = adviceOn(name);
    if (!value) throw new ConfigurationError(`${name} is not set. ${advice}`);
    // The value itself stays out of the message: it may hold a password.
    if (!URL.canParse(value)) throw new ConfigurationError(`${name} is not a URL. ${advice}`);
    const { protocol, username, password, pathname } = new URL(value);
    if (!canDecode(username + password + pathname)) {
      throw new ConfigurationError(`${name} has a % that must be written %25. ${advice}`);
    }
    if (!(protocols as readonly string[]).includes(protocol)) {
      throw new ConfigurationError(`${name} cannot begin with ${protocol} ${advice}`);
    }
    return value;
  }
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
