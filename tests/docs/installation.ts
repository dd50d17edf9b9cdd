/**
 * The installation that the pages speak of: a filled source, a warehouse and a lake on this machine, behind
 * the addresses that the pages use.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { type Postgres, startPostgres } from "../../dev/postgres.ts";
import { fillFromSimulator } from "../../dev/simulator/fill.ts";
import { serveRates } from "../../dev/simulator/rates.ts";
import { SETTINGS } from "../../functions/settings/table.ts";
import { openStore, run } from "../../sdk/mod.ts";

/** The settings of the pages, by name. */
export const ADDRESSES = {
  SOURCE_URL: SETTINGS.SOURCE_URL.example,
  WAREHOUSE_URL: SETTINGS.WAREHOUSE_URL.example,
  INGESTION_URL: SETTINGS.INGESTION_URL.example,
  PROCESSED_URL: SETTINGS.PROCESSED_URL.example,
};

/** What has happened before the reader opens a page. */
export interface Scenario {
  /** Whether the pipeline has run before. */
  readonly hasRun: boolean;
  /** A statement that the source has executed since; the pipeline has run once more after it. */
  readonly then?: string;
}

/** A running installation. */
export interface Installation extends AsyncDisposable {
  /** Sets the scene: source, warehouse and lake are as if no page had ever been read. */
  set(scenario: Scenario): Promise<void>;
  /** Replaces every address of the pages in a text by the real one. Creates databases that it names. */
  real(text: string): Promise<string>;
  /** The real settings, by name. */
  settings(): Promise<Record<keyof typeof ADDRESSES, string>>;
  /** Replaces the real addresses by those of the pages. */
  documented(text: string): string;
  /** Executes statements on the source or the warehouse, depending on their tables, and undoes them. */
  execute(statements: string): Promise<void>;
}

const ORDERS = 150;
const SEED = 42;
const ROLES = ["reader", "loader", "totesys_reader"];
/** The source keeps its oid, as the lake records which database it was read from. */
const SOURCE_OID = 700_000;

/** Starts Postgres, fills a source and runs the pipeline once. */
export async function startInstallation(): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres({ inMemory: true }));
  const admin = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
  stack.defer(() => admin.end());
  const dir = await Deno.makeTempDir({ prefix: "totesys-pages-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const rates = Deno.serve(options, (request) => serveRates(request));
  stack.defer(() => rates.shutdown());
  const { port } = rates.addr;
  const installation = new LocalInstallation(server, admin, dir, `http://127.0.0.1:${port}`);
  await installation.prepare();
  const kept = stack.move();
  return Object.assign(installation, { [Symbol.asyncDispose]: () => kept.disposeAsync() });
}

class LocalInstallation implements Omit<Installation, typeof Symbol.asyncDispose> {
  readonly #server: Postgres;
  readonly #admin: postgres.Sql;
  readonly #lake: string;
  readonly #savedLake: string;
  readonly #rates: string;
  /** The scene, as long as nothing has changed it. */
  #scenario: Scenario | undefined;

  constructor(server: Postgres, admin: postgres.Sql, dir: string, rates: string) {
    this.#rates = rates;
    this.#server = server;
    this.#admin = admin;
    this.#lake = join(dir, "lake");
    this.#savedLake = join(dir, "saved");
  }

  /** Makes the templates that {@linkcode set} copies. */
  async prepare(): Promise<void> {
    for (const role of ROLES) await this.#admin.unsafe(`CREATE ROLE ${role} LOGIN`);
    await this.#admin.unsafe(`CREATE ROLE owner LOGIN SUPERUSER`);
    const source = await this.#server.createDatabase("source_template");
    await fillFromSimulator(source, { rows: ORDERS, seed: SEED });
    await this.#on("source_template", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    await this.set({ hasRun: false });
    await this.#run();
    await this.#copyDatabase("warehouse_template", "warehouse");
    await Deno.rename(this.#lake, this.#savedLake);
  }

  async set(scenario: Scenario): Promise<void> {
    const { hasRun, then } = scenario;
    if (this.#scenario?.hasRun === hasRun && this.#scenario.then === then) return;
    const others = await this.#admin`SELECT datname FROM pg_database
      WHERE NOT datistemplate AND datname NOT IN ('postgres', 'source_template', 'warehouse_template')`;
    for (const { datname } of others) {
      await this.#admin.unsafe(`DROP DATABASE "${datname}" WITH (FORCE)`);
    }
    await this.#copyDatabase("totesys", "source_template", `OID = ${SOURCE_OID}`);
    await this.#copyDatabase(
      "warehouse",
      hasRun ? "warehouse_template" : "template1",
      "OWNER loader",
    );
    await removeFolder(this.#lake);
    if (hasRun) await copyFolder(this.#savedLake, this.#lake);
    if (then !== undefined) {
      await this.#on("totesys", then);
      await this.#run();
    }
    this.#scenario = scenario;
  }

  async real(text: string): Promise<string> {
    this.#scenario = undefined;
    const databases = [...text.matchAll(ADDRESS), ...text.matchAll(SECRET)];
    for (const { groups } of databases) await this.#createIfMissing(databaseOf(groups!.name));
    const zone = (_: string, name = "") => pathToFileURL(join(this.#lake, name)).href;
    return text
      // With its password: the command line must be able to refuse it.
      .replaceAll(ADDRESS, (_, user, name) => this.#url(`${user}:secret`, name))
      .replaceAll(SECRET, (_, name) => this.#url(roleOf(name), databaseOf(name)))
      .replaceAll("https://rates.example.com", this.#rates)
      .replaceAll(/file:\/\/\/var\/lake(?:\/(\w+))?/g, zone)
      .replaceAll(/s3:\/\/\S*\b(ingestion|processed)\b[-\w]*/g, zone);
  }

  documented(text: string): string {
    return text.replaceAll(pathToFileURL(this.#lake).href, "file:///var/lake")
      .replaceAll(`127.0.0.1:${this.#server.port}`, "db.example.com:5432");
  }

  async execute(text: string): Promise<void> {
    const statements = text.split(/;\s*(?:$|\n)/).filter((statement) => statement.trim() !== "");
    // What a page creates can exist here. A role makes room for as long as the transaction lasts.
    const roles = statements.flatMap((statement) =>
      /^\s*CREATE ROLE (\w+)/.exec(statement)?.[1] ?? []
    );
    const room = roles.filter((role) => ROLES.includes(role))
      .map((role) => `ALTER ROLE ${role} RENAME TO ${role}_before`);
    const transaction = ["BEGIN", ...room];
    for (const statement of statements) {
      const options = /^\s*CREATE DATABASE \w+([\s\S]*)$/.exec(statement)?.[1];
      if (options === undefined) transaction.push(statement);
      else await this.#tryDatabase(options);
    }
    await this.#onEither([...transaction, "ROLLBACK"].join("\n;"));
  }

  /** Creates a database, which no transaction can, and drops it. */
  async #tryDatabase(options: string): Promise<void> {
    await this.#admin.unsafe(`CREATE DATABASE page_database ${options}`);
    await this.#admin.unsafe("DROP DATABASE page_database");
  }

  async #onEither(transaction: string): Promise<void> {
    try {
      await this.#on("warehouse", transaction);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError && error.code === UNDEFINED_TABLE)) throw error;
      await this.#on("totesys", transaction);
    }
  }

  async settings(): Promise<Record<keyof typeof ADDRESSES, string>> {
    return {
      SOURCE_URL: await this.real(ADDRESSES.SOURCE_URL),
      WAREHOUSE_URL: await this.real(ADDRESSES.WAREHOUSE_URL),
      INGESTION_URL: await this.real(ADDRESSES.INGESTION_URL),
      PROCESSED_URL: await this.real(ADDRESSES.PROCESSED_URL),
    };
  }

  async #run(): Promise<void> {
    const settings = await this.settings();
    await run({
      source: settings.SOURCE_URL,
      warehouse: settings.WAREHOUSE_URL,
      ingestion: openStore(settings.INGESTION_URL),
      processed: openStore(settings.PROCESSED_URL),
    });
  }

  #url(user: string, database: string): string {
    return `postgres://${user}@127.0.0.1:${this.#server.port}/${database}`;
  }

  async #createIfMissing(database: string): Promise<void> {
    const [found] = await this.#admin`SELECT FROM pg_database WHERE datname = ${database}`;
    if (!found) await this.#copyDatabase(database, "template1", "OWNER loader");
  }

  async #copyDatabase(name: string, template: string, options = ""): Promise<void> {
    await this.#admin.unsafe(
      `CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY file_copy ${options}`,
    );
  }

  async #on(database: string, statements: string): Promise<void> {
    const sql = postgres(this.#server.url(database), { max: 1, onnotice: () => {} });
    try {
      await sql.unsafe(statements);
    } finally {
      await sql.end();
    }
  }
}

const UNDEFINED_TABLE = "42P01";

/** A database's address of the pages. */
const ADDRESS = /postgres:\/\/(?<user>\w+):secret@[\w.]*example\.com(?::\d+)?\/(?<name>\w+)/g;
/** A secret of the pages that holds one. */
const SECRET = /secretsmanager:\/\/totesys\/(?<name>\w+)/g;

function databaseOf(name: string): string {
  return name === "source" ? "totesys" : name;
}

function roleOf(secret: string): string {
  return secret === "source" ? "reader" : "loader";
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    await (isDirectory ? copyFolder(source, target) : Deno.copyFile(source, target));
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
