import { connect } from "../../../sdk/postgres/connection.ts";
import type { MeasuredCommand } from "../../measure/measured_command.ts";
import { COLUMNS, KEY, type Peer, TABLE, WATERMARK, withPassword } from "../peer.ts";

/** The newest version whose PyPI package has the program in it. */
const VERSION = "1.1.22";
const PACKAGES = [`ingestr==${VERSION}`];

/** The default: every batch is merged by key. */
export const ingestrMerge = ingestr("merge");
/** A first load that replaces the table, which is faster than merging into an empty one. */
export const ingestrReplace = ingestr("replace");

/**
 * Reads the write-ahead log after the first load. A row that was deleted in the source stays at the
 * destination with a mark.
 */
export const ingestrLog: Peer = {
  name: `ingestr ${VERSION}, CDC`,
  packages: PACKAGES,
  table: `(SELECT * FROM public.${TABLE} WHERE NOT coalesce(_cdc_deleted, false)) t`,
  columns: COLUMNS,
  readsLog: true,
  command: ({ source, destination, home }) =>
    ingest(home, address(source).replace("postgresql:", "postgres+cdc:"), destination),
};

function ingestr(first: "merge" | "replace"): Peer {
  return {
    name: `ingestr ${VERSION}, ${first}`,
    packages: PACKAGES,
    table: `public.${TABLE}`,
    columns: COLUMNS,
    command: async ({ source, destination, home }, isFirst) =>
      ingest(
        home,
        address(source),
        destination,
        ...["--primary-key", KEY, "--incremental-strategy", isFirst ? first : "merge"],
        ...(isFirst && first === "replace" ? [] : ["--incremental-key", WATERMARK]),
        // Without a start, it reads and merges every row again.
        ...(isFirst ? [] : ["--interval-start", await watermark(destination)]),
      ),
  };
}

function ingest(
  home: string,
  source: string,
  destination: string,
  ...options: string[]
): MeasuredCommand {
  return {
    command: `${home}/bin/ingestr`,
    args: [
      ...["ingest", "--yes", "--progress", "log"],
      ...["--source-uri", source, "--source-table", `public.${TABLE}`],
      ...["--dest-uri", address(destination), "--dest-table", `public.${TABLE}`],
      ...options,
    ],
    env: { INGESTR_DISABLE_TELEMETRY: "true" },
  };
}

function address(url: string): string {
  return `${withPassword(url).replace(/^postgres:/, "postgresql:")}?sslmode=disable`;
}

/** Returns the last timestamp at the destination. Its user has to know it; this is not measured. */
async function watermark(destination: string): Promise<string> {
  await using connection = connect(destination);
  const [{ newest }] = await connection.query<{ newest: string }>(
    `SELECT to_char(max(${WATERMARK}), 'YYYY-MM-DD"T"HH24:MI:SS.MS') AS newest FROM ${TABLE}`,
  );
  return newest;
}
