import { assert, assertEquals } from "@std/assert";
import type {
  JobState,
  Operations,
} from "../../../../../functions/dashboard/data/operations/operations.ts";
import { verdictWords } from "../../../../../functions/dashboard/pages/operations/verdict.ts";
import { fresh, minutesAgo } from "./fixture.ts";

function words(operations: Operations): string[] {
  const { title, detail, why, next } = verdictWords(operations);
  return [`${title}, ${detail}`, why, `${next.label}: ${next.command}`]
    .map((text) => text.replaceAll("\u202f", " "));
}

function withVerdict(
  verdict: Partial<Operations["verdict"]>,
  fields: Partial<Operations> = {},
): Operations {
  const operations = fresh(fields);
  return { ...operations, verdict: { ...operations.verdict, ...verdict } };
}

const FAILING: JobState = {
  job: "extract",
  at: minutesAgo(1),
  outcome: "failed",
  error: "SourceError",
  message: "cannot connect to the source: connection refused",
  next: "start the source, then: deno task etl run",
  command: "deno task etl run",
  failing_since: minutesAgo(46),
  failures: 46,
};

Deno.test("the verdict of a fresh warehouse leads to the rows in quarantine, if there are any", () => {
  assertEquals(words(fresh()), [
    "Fresh: 42 s behind, objective 30 min",
    "The last attempt of every job succeeded. The last run, at 14:20:19, found nothing new in 36 ms.",
    "Next: look at 3 rows: deno task etl quarantine list",
  ]);
  const clean = fresh({ quarantine: { ...fresh().quarantine, rows: 0, reasons: [] } });
  assertEquals(
    words(clean)[2],
    "Nothing to do. Optional: verify every row again: deno task etl verify",
  );
  assertEquals(
    words({ ...clean, verification: null })[2],
    "Next: compare every row with the source: deno task etl verify",
  );
});

Deno.test("the verdict of a stale warehouse says what fails since when, and what to do first", () => {
  const stale = withVerdict({
    status: "stale",
    behind_ms: 47 * 60_000,
    fresh_as_of: minutesAgo(47),
    failing: [FAILING],
  });
  assertEquals(words(stale), [
    "Stale: 47 min behind, objective 30 min",
    "The job extract has failed 46 times since 13:35: cannot connect to the source: connection refused. " +
    "The warehouse is complete as of 13:34. No data is lost: the next successful run loads the rest.",
    "Start the source, then: deno task etl run",
  ]);
});

Deno.test("the verdict of crons that no longer run says so", () => {
  const [, why, next] = words(
    withVerdict({ status: "stale", behind_ms: 1e8, fresh_as_of: minutesAgo(1_667) }),
  );
  assert(why.startsWith("The last run started at 14:20. No run has finished since."), why);
  assertEquals(next, "Check that the scheduled jobs run, or start a run now: deno task etl run");
});

Deno.test("a failure without a known remedy leads to the status", () => {
  const job = { ...FAILING, next: null, command: null, failures: 1, message: null };
  assertEquals(words(withVerdict({ status: "failing", failing: [job] })).slice(1), [
    "The job extract failed at 13:35: SourceError. The warehouse is complete as of 14:20. " +
    "No data is lost: the next successful run loads the rest.",
    "See the progress of each stage: deno task etl status",
  ]);
  const advice = { ...job, next: "restore the bucket" };
  assertEquals(
    words(withVerdict({ status: "failing", failing: [advice] }))[2],
    "Restore the bucket, then: deno task etl status",
  );
});

Deno.test("the verdict names the tables that a schema change stopped", () => {
  const change = {
    table: "design",
    column: "design_name",
    kind: "column missing",
    stops: true,
    message: "design.design_name is missing",
    since: minutesAgo(9),
  };
  const stopped = withVerdict({ status: "partial" }, { schema_changes: [change] });
  assertEquals(words(stopped).slice(0, 2), [
    "1 table is stopped: design, the others are 42 s behind",
    "design.design_name is missing. The other tables are loaded.",
  ]);
  const two = [change, { ...change, table: "staff" }];
  assertEquals(words(withVerdict({ status: "partial" }, { schema_changes: two })).slice(0, 2), [
    "2 tables are stopped: design and staff, the others are 42 s behind",
    "design.design_name is missing. 1 other table stopped. The other tables are loaded.",
  ]);
});

Deno.test("another source that fails leaves the warehouse fresh", () => {
  const rates = { ...FAILING, job: "rates", failures: 1, failing_since: minutesAgo(20) };
  const partial = withVerdict({ status: "partial", failing: [rates] }, { schema_changes: [] });
  assertEquals(words(partial)[0], "Fresh, but rates failed, 42 s behind, objective 30 min");
});
