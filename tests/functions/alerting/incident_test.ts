import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  type Finding,
  type IncidentEntry,
  incidentOf,
  merged,
  nextEntry,
  outcomeOf,
} from "../../../functions/alerting/incident.ts";

const HOUR_MS = 3_600_000;
const COOLDOWN_MS = 6 * HOUR_MS;
const START = Date.parse("2026-11-21T10:00:00Z");
const FAILED: Finding = {
  kind: "run failed",
  scope: "extract",
  severity: "error",
  cause: "ECONNREFUSED",
  what: "The source cannot be read.",
};

/** A single incident, tick by tick. */
class IncidentHistory {
  last: IncidentEntry | null = null;
  /** The mails that were sent. */
  readonly mails: string[] = [];
  /** How many entries were written. */
  entries = 0;

  /** A tick `minutes` after the start; `sends` is null when the sender dies on the way. */
  tick(minutes: number, finding: Finding | undefined, sends: boolean | null = true): void {
    const now = new Date(START + minutes * 60_000);
    const sight = { checkedScopes: ["extract"] };
    const entry = nextEntry(this.last, finding, sight, { now, cooldown_ms: COOLDOWN_MS });
    if (!entry) return;
    this.entries++;
    this.last = entry;
    if (!entry.mail || sends === null) return;
    if (sends) this.mails.push(`${minutes} ${entry.turn}`);
    this.entries++;
    this.last = outcomeOf(entry, sends, now);
  }
}

Deno.test("an incident is told once, however often it is found, and so is its end", () => {
  const course = new IncidentHistory();
  for (let minute = 0; minute < 300; minute++) course.tick(minute, FAILED);
  for (let minute = 300; minute < 600; minute++) course.tick(minute, undefined);
  assertEquals(course.mails, ["0 opened", "300 closed"]);
  assertEquals(course.entries, 4);
  assertEquals(course.last?.since, "2026-11-21T10:00:00.000Z");
});

Deno.test("an incident that goes on is told again after the cooldown", () => {
  const course = new IncidentHistory();
  for (let minute = 0; minute < 24 * 60; minute++) course.tick(minute, FAILED);
  assertEquals(course.mails, ["0 opened", "360 repeated", "720 repeated", "1080 repeated"]);
});

Deno.test("an incident that comes and goes is told once in a cooldown", () => {
  const course = new IncidentHistory();
  for (let minute = 0; minute < 400; minute++) {
    course.tick(minute, minute % 2 === 0 ? FAILED : undefined);
  }
  assertEquals(course.mails, ["0 opened", "1 closed", "360 opened", "361 closed"]);
});

Deno.test("what comes back within the cooldown and stays is told", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED);
  course.tick(5, undefined);
  for (let minute = 6; minute < 400; minute++) course.tick(minute, FAILED);
  course.tick(400, undefined);
  assertEquals(course.mails, ["0 opened", "5 closed", "21 opened", "360 repeated", "400 closed"]);
});

Deno.test("what comes back again and again for longer is told less and less often", () => {
  const course = new IncidentHistory();
  for (let minute = 0; minute < 360; minute++) {
    course.tick(minute, minute % 40 === 39 ? undefined : FAILED);
  }
  assertEquals(course.mails, [
    "0 opened",
    "39 closed",
    "55 opened",
    "79 closed",
    "110 opened",
    "119 closed",
  ]);
});

Deno.test("a sixth cause is told as well, once it has lasted", () => {
  const course = new IncidentHistory();
  for (let n = 0; n < 5; n++) course.tick(n, { ...FAILED, cause: `cause ${n}` });
  course.tick(5, undefined);
  for (let minute = 6; minute < 120; minute++) course.tick(minute, { ...FAILED, cause: "sixth" });
  assertEquals(course.mails.slice(5), ["5 closed", "21 opened"]);
});

Deno.test("a cause of which nobody could be told is told when it comes back", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED);
  course.tick(1, { ...FAILED, cause: "28P01" }, false);
  course.tick(2, undefined);
  course.tick(3, { ...FAILED, cause: "28P01" });
  assertEquals(course.mails, ["0 opened", "2 closed", "3 opened"]);
});

Deno.test("who may have been told that it is over is told that it is not", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED);
  course.tick(10, undefined, null);
  for (let minute = 11; minute < 60; minute++) course.tick(minute, FAILED);
  assertEquals(course.mails, ["0 opened", "26 opened"]);
});

Deno.test("what comes back for another reason is told as soon as what comes back once", () => {
  const course = new IncidentHistory();
  for (let n = 0; n < 3; n++) course.tick(n, { ...FAILED, cause: `cause ${n}` });
  course.tick(3, undefined);
  for (let minute = 4; minute < 60; minute++) course.tick(minute, { ...FAILED, cause: "cause 0" });
  assertEquals(course.mails.slice(3), ["3 closed", "19 opened"]);
});

Deno.test("whoever was told of it is told of its end, if not at once", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED);
  course.tick(1, undefined, false);
  course.tick(2, FAILED);
  course.tick(3, undefined);
  assertEquals(course.mails, ["0 opened", "3 closed"]);
});

Deno.test("another cause is told at once, a few times at the most", () => {
  const course = new IncidentHistory();
  for (let minute = 0; minute < 300; minute++) {
    course.tick(minute, { ...FAILED, cause: `cause ${minute}` });
  }
  assertEquals(course.mails.length, 5);
  const other = new IncidentHistory();
  other.tick(0, FAILED);
  other.tick(1, undefined);
  other.tick(2, { ...FAILED, cause: "28P01" });
  other.tick(3, undefined);
  other.tick(4, FAILED);
  assertEquals(other.mails, ["0 opened", "1 closed", "2 opened", "3 closed"]);
});

Deno.test("a mail that could not be sent is tried again, at longer and longer intervals", () => {
  const course = new IncidentHistory();
  const tries: number[] = [];
  for (let minute = 0, entries = 0; minute < 24 * 60; minute++, entries = course.entries) {
    course.tick(minute, FAILED, false);
    if (course.entries > entries) tries.push(minute);
  }
  assertEquals(tries.slice(0, 6), [0, 1, 2, 4, 8, 16]);
  assert(tries.length < 36, String(tries));
  course.tick(24 * 60 + 60, FAILED);
  assertEquals(course.mails, ["1500 opened"]);
});

Deno.test("nobody is told of the end of what nobody was told of", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED, false);
  course.tick(1, undefined);
  assertEquals([course.mails, course.last?.turn], [[], "closed"]);
  course.tick(2, FAILED);
  assertEquals(course.mails, ["2 opened"], "and it was not told");
});

Deno.test("a mail about the end is tried again as well", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED);
  course.tick(1, undefined, false);
  course.tick(2, undefined);
  course.tick(3, undefined);
  assertEquals(course.mails, ["0 opened", "2 closed"]);
});

Deno.test("a sender that died is waited for, then replaced", () => {
  const course = new IncidentHistory();
  course.tick(0, FAILED, null);
  course.tick(1, FAILED);
  assertEquals(course.mails, []);
  course.tick(2, FAILED);
  course.tick(3, FAILED);
  assertEquals(course.mails, ["2 opened"]);
});

Deno.test("what happened once and is over is told, and its end is not", () => {
  const course = new IncidentHistory();
  const skipped = { ...FAILED, kind: "batch skipped", passing: true };
  course.tick(0, skipped, false);
  course.tick(1, undefined);
  course.tick(2, undefined);
  assertEquals(course.mails, ["1 opened"]);
  assertEquals(course.last?.turn, "closed");
});

Deno.test("a job that has not looked there does not end an incident", () => {
  const pace = { now: new Date(START), cooldown_ms: COOLDOWN_MS };
  const last = outcomeOf(nextEntry(null, FAILED, { checkedScopes: [] }, pace)!, true, pace.now);
  assertEquals(nextEntry(last, undefined, { checkedScopes: ["load"] }, pace), null);
  assertEquals(nextEntry(last, undefined, { checkedScopes: ["extract"] }, pace)?.turn, "closed");
});

Deno.test("findings about one table are one incident, about two they are two", () => {
  const change = (table: string, cause: string, severity: Finding["severity"]): Finding => (
    { ...FAILED, kind: "schema changed", table, cause, what: cause, severity }
  );
  const incidents = merged([
    change("staff", "column added", "warning"),
    change("staff", "column missing", "error"),
    change("a/../b ", "column added", "warning"),
  ]);
  assertEquals([...incidents.keys()], [
    "schema-changed.extract.staff",
    "schema-changed.extract.a%2F..%2Fb-",
  ]);
  const { severity, what } = incidents.get("schema-changed.extract.staff")!;
  assertEquals([severity, what], ["error", "column added\ncolumn missing"]);
  assertNotEquals(incidentOf(change("a b", "", "error")), incidentOf(change("a c", "", "error")));
});
