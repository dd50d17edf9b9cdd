/**
 * No password is ever printed or stored. After every kind of failure, all output and everything
 * that the pipeline leaves behind is searched for planted passwords.
 */
import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { etl as runEtl, type Given } from "../functions/cli/cli.ts";
import { cronCommand } from "../functions/crons/crons.ts";
import { test, type TestPipeline } from "../operate/pipelines.ts";
import { loaderRights, readerRights, testRole } from "./roles.ts";
import { hbaRules } from "../support/hba.ts";

/** Part of every password, so that no quoting or cutting hides it. */
const CORE = "Zq7hunter9Xw";
/** Passwords with special characters of URLs, SQL, JSON and connection strings. */
const PASSWORDS = {
  reader: `${CORE}r:/?#[]@!$&'()*+,;=% "\\äß`,
  loader: `${CORE}l'; -- %41%00 <>{}|^\``,
  wrong: `${CORE}w@/x`,
};

/** Every form in which a password could appear. */
const FORMS = [
  CORE,
  CORE.toLowerCase(),
  new TextEncoder().encode(CORE).toHex(),
  ...Object.values(PASSWORDS).map((password) => {
    return new TextEncoder().encode(password).toBase64().slice(0, 16);
  }),
  [...CORE].reverse().join(""),
];

function assertNoSecret(text: string, where: string): void {
  const lower = text.toLowerCase();
  for (const form of FORMS) {
    const at = lower.indexOf(form.toLowerCase());
    assert(at < 0, `${where}: ${text.slice(Math.max(0, at - 200), at + 100)}`);
  }
}

function withPassword(url: string, password: string, changes: Partial<URL> = {}): string {
  return Object.assign(new URL(url), { password: encodeURIComponent(password), ...changes }).href;
}

/** Makes the server require passwords from these roles. */
async function locked(sql: postgres.Sql, roles: Record<string, string>): Promise<AsyncDisposable> {
  for (const [role, password] of Object.entries(roles)) {
    await sql.unsafe(`ALTER ROLE ${role} PASSWORD '${password.replaceAll("'", "''")}'`);
  }
  return await hbaRules(
    sql,
    Object.keys(roles).map((role) => `host all ${role} all scram-sha-256`),
  );
}

/** Runs the command line, and returns its exit code and everything it printed. */
async function etl(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  given: Given = {},
) {
  const { code, stdout, stderr } = await runEtl(args, settings, given);
  return { code, said: stdout + stderr };
}

const COMMANDS = [
  ["run"],
  ["extract"],
  ["transform"],
  ["load"],
  ["verify"],
  ["reconcile"],
  ["status"],
  ["quarantine", "list"],
  ["quarantine", "retry"],
];

type Settings = Record<"SOURCE_URL" | "WAREHOUSE_URL" | "INGESTION_URL" | "PROCESSED_URL", string>;

/** Both databases, each broken in the same way. */
function both(settings: Settings, modify: (url: string) => string): Partial<Settings>[] {
  return [
    { SOURCE_URL: modify(settings.SOURCE_URL) },
    { WAREHOUSE_URL: modify(settings.WAREHOUSE_URL) },
  ];
}

/** Settings with which every command that needs them must fail. */
function failures(settings: Settings): Partial<Settings & Record<string, string>>[] {
  const raw = Object.values(PASSWORDS);
  const query = (text: string) => (url: string) => `${url}?${text}`;
  return [
    ...both(settings, (url) => withPassword(url, PASSWORDS.wrong)),
    ...both(settings, (url) => withPassword(url, "")),
    ...both(settings, (url) => withPassword(url, PASSWORDS.wrong, { username: "nobody" })),
    ...both(settings, (url) => Object.assign(new URL(url), { port: "1" }).href),
    ...both(settings, (url) => Object.assign(new URL(url), { hostname: "nowhere.invalid" }).href),
    ...both(settings, (url) => Object.assign(new URL(url), { pathname: "/nowhere" }).href),
    ...both(settings, query("sslmode=require")),
    ...both(settings, query("sslmode=verify-full")),
    ...both(settings, query(`password=${encodeURIComponent(PASSWORDS.wrong)}`)),
    ...both(settings, query(`options=-c%20nonsense=${CORE}`)),
    ...both(settings, query("target_session_attrs=standby")),
    // Passwords that are not percent-encoded, in every place where one could appear.
    ...raw.flatMap((password) => both(settings, (url) => url.replace(/:[^:@]*@/, `:${password}@`))),
    ...raw.map((password) => ({ SOURCE_URL: `postgres://localhost:1/${password}@db/totesys` })),
    ...raw.map((password) => ({ WAREHOUSE_URL: `postgres://localhost:1?${password}@db/totesys` })),
    { SOURCE_URL: `postgres://u:a@${CORE},b@127.0.0.1:1/db` },
    { SOURCE_URL: `postgres://reader:%zz${CORE}@127.0.0.1/db` },
    { SOURCE_URL: `reader:${CORE}@db/totesys` },
    { WAREHOUSE_URL: `mysql://reader:${CORE}@db/totesys` },
    { WAREHOUSE_URL: `host=db password=${CORE}` },
    { INGESTION_URL: `s3://key:${CORE}@bucket/prefix` },
    { INGESTION_URL: `https://lake/?token=${CORE}` },
    { PROCESSED_URL: `file:///lake?token=${CORE}` },
    { PROCESSED_URL: CORE },
    { QUARANTINE_LIMIT: CORE },
    { RECONCILE_MINUTES: CORE },
  ];
}

/** A pipeline with password-protected roles: its settings, and the roles. */
async function withSecrets(
  { source, warehouse, ingestion, processed, sourceSql, sql }: TestPipeline,
  body: (settings: Settings, reader: string, loader: string) => Promise<void>,
): Promise<void> {
  await using reader = await testRole(sourceSql, source, readerRights);
  await using loader = await testRole(sql, warehouse, loaderRights);
  await using _ = await locked(sql, {
    [reader.name]: PASSWORDS.reader,
    [loader.name]: PASSWORDS.loader,
  });
  await body(
    {
      SOURCE_URL: withPassword(reader.url, PASSWORDS.reader),
      WAREHOUSE_URL: withPassword(loader.url, PASSWORDS.loader),
      INGESTION_URL: ingestion.url,
      PROCESSED_URL: processed.url,
    },
    reader.name,
    loader.name,
  );
}

/** Searches everything that is stored: names and contents of the lake's files, and every row. */
async function assertNothingKept({ ingestion, processed, sql }: TestPipeline): Promise<void> {
  for (const { url } of [ingestion, processed]) await assertNoSecretIn(new URL(`${url}/`));
  const tables = await sql`SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind IN ('r', 'v') AND relnamespace::regnamespace::text IN ('etl', 'star', 'public')`;
  assert(tables.length > 10);
  for (const { name } of tables) {
    const rows = await sql.unsafe(`SELECT t::text AS row FROM ${name} t`);
    assertNoSecret(rows.map(({ row }) => row).join("\n"), name);
  }
}

async function assertNoSecretIn(folder: URL): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    assertNoSecret(name, folder.pathname);
    const path = new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), folder);
    if (isDirectory) await assertNoSecretIn(path);
    else assertNoSecret(new TextDecoder("latin1").decode(await Deno.readFile(path)), path.pathname);
  }
}

test("no command prints or stores a password in any failure", async (pipeline) => {
  await withSecrets(pipeline, async (settings, reader) => {
    for (const json of [[], ["--json"]]) {
      for (const command of COMMANDS) {
        const { code, said } = await etl([...command, ...json], settings);
        assertEquals(code, 0, said);
        assertNoSecret(said, command.join(" "));
      }
    }
    for (const failure of failures(settings)) {
      for (const command of [["run"], ["verify", "--json"], ["status"], ["quarantine", "list"]]) {
        const { code, said } = await etl(command, { ...settings, ...failure });
        assertNoSecret(said, `${command} ${JSON.stringify(failure)}`);
        if (command[0] === "run") assert(code > 0, `${JSON.stringify(failure)}: ${said}`);
      }
    }
    await pipeline.sourceSql.unsafe(`REVOKE SELECT ON payment FROM ${reader}`);
    assertNoSecret((await etl(["run"], settings)).said, "missing right");
    await pipeline.sourceSql.unsafe(`GRANT SELECT ON payment TO ${reader}`);
    await damageNewest(new URL(`${pipeline.processed.url}/fact_payment/`));
    await pipeline.sql`DROP SCHEMA etl, star CASCADE`;
    assertNoSecret((await etl(["load", "--json"], settings)).said, "damaged lake");
    for (const args of misplaced(settings)) {
      for (const json of [[], ["--json"]]) {
        const { code, said } = await etl([...args, ...json], settings);
        assertEquals(code, 2, said);
        assertNoSecret(said, args.join(" "));
      }
    }
    for (const args of HELP) assertNoSecret((await etl(args, settings)).said, args.join(" "));
  });
});

/** Passwords where none belongs: in flags, arguments and commands. */
function misplaced({ SOURCE_URL: url }: Settings): string[][] {
  const flags = ["--into", "--source-url", "--warehouse-url"];
  const urls = [url, `x:${CORE}@db`, `postgres://db/x?user=a&password=${CORE}`];
  return [
    [`--source=${CORE}`],
    [`-p${CORE}`, "run"],
    ["run", url],
    [url],
    ["help", url],
    ["completions", url],
    ["--color", url, "run"],
    ["quarantine", url],
    ["quarantine", "show", "fact_payment", "1", url],
    ["replay", "--into-env", url],
    ["replay", "--into-env", "TARGET_URL", "--into", url],
    ["replay", "--from", url, "--into", "postgres://127.0.0.1:1/x"],
    ["run", "--quarantine-limit", url],
    ...flags.flatMap((flag) =>
      urls.flatMap((u) => [["replay", flag, u], ["replay", `${flag}=${u}`]])
    ),
  ];
}

/** Calls that print what the settings are about, whatever they hold. */
const HELP = [
  [],
  ["help"],
  ["help", "settings"],
  ["help", "replay"],
  ["run", "--help"],
  ["--version"],
  ...["bash", "zsh", "fish"].map((shell) => ["completions", shell]),
];

test("a URL that is given on standard input or asked for is never printed", async (pipeline) => {
  await withSecrets(pipeline, async (settings) => {
    const { SOURCE_URL, ...others } = settings;
    const ask = () => Promise.resolve(SOURCE_URL);
    for (const given of [{ stdin: `${SOURCE_URL}\n` }, { isTerminal: true, answer: ask }]) {
      for (const command of [["run"], ["verify"], ["verify", "--json"]]) {
        const { code, said } = await etl([...command, "--source-url", "-"], others, given);
        assertEquals(code, 0, said);
        assertNoSecret(said, command.join(" "));
      }
    }
    const wrong = { stdin: withPassword(SOURCE_URL, PASSWORDS.wrong) };
    const failed = await etl(["verify", "--source-url=-"], others, wrong);
    assertEquals(failed.code, 1);
    assertNoSecret(failed.said, "wrong password");
  });
});

async function damageNewest(folder: URL): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = new URL(name + (isDirectory ? "/" : ""), folder);
    if (isDirectory) await damageNewest(path);
    else await Deno.writeTextFile(path, "damaged");
  }
}

test("a backend that is killed midway leaks no password", async (pipeline) => {
  await withSecrets(pipeline, async (settings, reader, loader) => {
    const { sourceSql, sql } = pipeline;
    await sourceSql`INSERT INTO department SELECT n, 'x', 'y', NULL, now(), now()
      FROM generate_series(2, 20000) n`;
    const kill = async (role: string) => {
      const killed = await sql.unsafe(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = '${role.replaceAll('"', "")}' AND state <> 'idle'`);
      return killed.length;
    };
    for (const role of [reader, loader]) {
      let going = true;
      const running = etl(["run"], settings).finally(() => going = false);
      for (let killed = 0; going && killed === 0;) killed = await kill(role);
      assertNoSecret((await running).said, "killed");
    }
    assertEquals((await etl(["run"], settings)).code, 0);
    assertEquals((await etl(["verify"], settings)).code, 0);
    await assertNothingKept(pipeline);
  });
});

/** An unreachable bucket, with keys that must not be printed. */
const BUCKET = {
  INGESTION_URL: "s3://bucket/ingestion",
  PROCESSED_URL: "s3://bucket/processed",
  AWS_REGION: "eu-west-2",
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: `${CORE}/secret+key`,
  AWS_SESSION_TOKEN: `${CORE}//token==`,
  AWS_ENDPOINT_URL_S3: `http://user:${CORE}@127.0.0.1:1`,
};

test("the crons log no password in any failure", async (pipeline) => {
  await withSecrets(pipeline, async (settings) => {
    const failing = failures(settings).filter((_, place) => place % 6 === 0);
    await Promise.all([{}, BUCKET, ...failing].map(async (failure) => {
      const { stdout, stderr } = await cronCommand({ ...settings, ...failure }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert(/"job":"extract"|"event":"start"/.test(said), said);
      assertNoSecret(said, JSON.stringify(failure));
    }));
    await assertNothingKept(pipeline);
  });
});
