import { ConfigurationError } from "../../sdk/errors.ts";
import { PROGRAM } from "./help.ts";
import type { Io } from "./io.ts";
import type { Options } from "./parse_command_line.ts";
import { holdsPassword, passwordRefusal } from "./passwords.ts";

/** The value that stands for standard input. */
const STDIN = "-";
const ENVIRONMENT_NAME = /^[A-Za-z_]\w*$/;

/**
 * Returns the options with every URL in place: from standard input for `-`, from the environment for
 * `--into-env`.
 *
 * @throws {ConfigurationError} when a URL on the command line holds a password, or cannot be read.
 */
export async function readUrlOptions(options: Options, io: Io): Promise<Options> {
  const urls = { ...options };
  const given = Object.entries(options).filter((entry): entry is [string, string] =>
    isUrl(entry[0]) && typeof entry[1] === "string"
  );
  for (const [name, url] of given) {
    if (holdsPassword(url)) throw passwordRefusal(name);
  }
  const asked = given.filter(([, url]) => url === STDIN).map(([name]) => name);
  if (asked.length > 1) {
    throw refuse(`standard input holds one URL, not those of --${asked.join(" and --")}`);
  }
  for (const name of asked) urls[name] = await readUrl(name, io);
  return { ...urls, into: intoOf(urls, io) };
}

/** RATES_URL is a list of public URLs, whose paths can look like passwords. Its parser refuses these. */
function isUrl(name: string): boolean {
  return name === "into" || (name.endsWith("-url") && name !== "rates-url");
}

function refuse(message: string, next = `${PROGRAM} help settings`): ConfigurationError {
  return new ConfigurationError(message, { stage: "configuration", next });
}

async function readUrl(name: string, { stdin, stdout }: Io): Promise<string> {
  const url = stdin.isTerminal
    ? await ask(name, stdin, stdout.isTerminal)
    : (await stdin.read()).trim();
  if (!url) throw refuse(`--${name} -: no URL was given`);
  return url;
}

async function ask(name: string, stdin: Io["stdin"], isShown: boolean): Promise<string | null> {
  const question = `URL for --${name}, not shown:`;
  const next = `set an environment variable, or pipe the URL in: … | ${PROGRAM} … --${name} -`;
  if (!isShown) throw refuse(`--${name} -: there is no terminal to ask on`, next);
  try {
    return (await stdin.ask(question))?.trim() ?? null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`--${name} -: cannot ask for the URL: ${reason}`, next);
  }
}

function intoOf(options: Options, { env }: Io): string | undefined {
  const into = options.into as string | undefined;
  const variable = options["into-env"];
  if (typeof variable !== "string") return into;
  if (into !== undefined) throw refuse("--into and --into-env exclude each other");
  if (!ENVIRONMENT_NAME.test(variable)) {
    throw refuse("--into-env takes the name of an environment variable", `--into-env TARGET_URL`);
  }
  const url = env(variable);
  if (!url) throw refuse(`--into-env: the environment variable ${variable} is not set`);
  return url;
}
