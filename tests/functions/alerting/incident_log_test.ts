import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Alert, ObjectStore } from "../../../sdk/mod.ts";
import type { Observation } from "../../../functions/alerting/incident.ts";
import { IncidentLog } from "../../../functions/alerting/incident_log.ts";
import { renderMail } from "../../../functions/alerting/mail.ts";
import { keysOf, testLake } from "../../support/lake.ts";
import { s3Test, testBucket } from "../../support/s3.ts";

const HOUR_MS = 3_600_000;
const FAILED: Alert = {
  code: "run_failed",
  severity: "error",
  scope: "extract",
  job: "extract",
  error: "SourceError",
  error_code: "ECONNREFUSED",
  retryable: true,
};
const FOUND: Observation = { alerts: [FAILED], checkedScopes: [] };
const CLEAN: Observation = { alerts: [], checkedScopes: ["extract"] };

/** The log as one process keeps it, which adds the kinds of its mails to `mails`. */
function logOf(store: ObjectStore, mails: string[], minutes = 0): IncidentLog {
  return new IncidentLog(store, {
    cooldown_ms: HOUR_MS,
    mailer: (entry) => Promise.resolve(void mails.push(entry.mail!.kind)),
    now: () => new Date(Date.now() + minutes * 60_000),
  });
}

async function assertOneMail(store: ObjectStore): Promise<void> {
  const mails: string[] = [];
  const processes = Array.from({ length: 10 }, () => logOf(store, mails));
  await Promise.all(processes.map((log) => log.record(FOUND)));
  await Promise.all(processes.map((log) => log.record(FOUND)));
  assertEquals(mails, ["opened"]);
  assertEquals((await processes[0].open()).map(({ alerts }) => alerts), [[FAILED]]);
  await Promise.all(processes.map((log) => log.record(CLEAN)));
  await Promise.all(processes.map((log) => log.record(CLEAN)));
  assertEquals(mails, ["opened", "resolved"]);
  assertEquals(await processes[0].open(), []);
  const folder = "_alerts/run-failed.extract";
  assertEquals(await keysOf(store), [1, 2, 3, 4].map((n) => `${folder}/00000${n}.json`));
}

Deno.test("ten processes that find a problem at once send one mail, with a folder as the lake", async () => {
  await using lake = await testLake();
  await assertOneMail(lake.ingestion);
});

s3Test("ten processes that find a problem at once send one mail, with S3 as the lake", async () => {
  const { store } = await testBucket();
  await assertOneMail(store);
});

Deno.test("no two processes write the same bytes, even in the same millisecond", async () => {
  const bodies: string[] = [];
  const store: ObjectStore = {
    url: "memory:",
    put: (_, body) =>
      Promise.resolve(bodies.push(new TextDecoder().decode(body as Uint8Array)) > 0),
    async *get() {},
    async *list() {},
  };
  const now = () => new Date("2026-11-21T10:00:00Z");
  const mailer = () => Promise.resolve();
  for (let process = 0; process < 2; process++) {
    await new IncidentLog(store, { cooldown_ms: HOUR_MS, mailer, now }).record(FOUND);
  }
  assertEquals(new Set(bodies).size, 4);
});

Deno.test("each process reads an entry once", async () => {
  await using lake = await testLake();
  let reads = 0;
  const { ingestion } = lake;
  const counting: ObjectStore = {
    url: ingestion.url,
    put: (key, body) => ingestion.put(key, body),
    list: (prefix, after) => ingestion.list(prefix, after),
    get: (key, range) => (reads++, ingestion.get(key, range)),
  };
  const log = logOf(counting, []);
  for (let tick = 0; tick < 10; tick++) await log.record(FOUND);
  assertEquals(reads, 1);
});

Deno.test("the newest entry costs two listings, however many entries there are", async () => {
  let lists = 0;
  const entries = new Map<string, Uint8Array>();
  const paged: ObjectStore = {
    url: "memory:",
    put: (key, body) => Promise.resolve(entries.set(key, body as Uint8Array).size > 0),
    async *get(key) {
      yield entries.get(key)!;
    },
    async *list(prefix, after = "") {
      const keys = [...entries.keys()].filter((key) => key.startsWith(prefix) && key > after)
        .sort();
      for (let page = 0; page <= keys.length; page += 1_000) {
        lists++;
        yield* keys.slice(page, page + 1_000);
      }
    },
  };
  const mails: string[] = [];
  const log = logOf(paged, mails);
  await log.record(FOUND);
  const [, entry] = [...entries.values()];
  for (let n = 3; n <= 4_500; n++) {
    entries.set(`_alerts/run-failed.extract/${String(n).padStart(6, "0")}.json`, entry);
  }
  await log.record(FOUND);
  lists = 0;
  await log.record(CLEAN);
  assertEquals([lists, mails], [2, ["opened", "resolved"]]);
});

Deno.test("after a mail that cannot be sent, a job does not wait for the others", async () => {
  await using lake = await testLake();
  let attempts = 0;
  const log = new IncidentLog(lake.ingestion, {
    cooldown_ms: HOUR_MS,
    mailer: () => Promise.reject(new Error(`SES is down, ${++attempts}`)),
  });
  const alerts = ["a", "b", "c"].map((table) => ({ ...FAILED, table, retryable: false }));
  await log.record({ alerts, checkedScopes: [] });
  assertEquals(attempts, 1);
  const mails: string[] = [];
  await logOf(lake.ingestion, mails, 1).record({ alerts: [], checkedScopes: [] });
  assertEquals(mails, ["opened", "opened", "opened"], "the next call sends them");
});

Deno.test("an entry that cannot be read does not silence an incident", async () => {
  await using lake = await testLake();
  const nonsense = [
    "",
    "null",
    "[]",
    "{",
    '{"format":3}',
    '{"format":2}',
    '{"format":1,"finding":{}}',
  ];
  const mails: string[] = [];
  await lake.ingestion.put("_alerts/stray.txt", new Uint8Array());
  for (const [place, text] of nonsense.entries()) {
    const key = `_alerts/run-failed.extract/${String(place + 1).padStart(6, "0")}.json`;
    await lake.ingestion.put(key, new TextEncoder().encode(text));
    await logOf(lake.ingestion, mails).record(CLEAN);
    assertEquals(mails, [], text);
  }
  await logOf(lake.ingestion, mails).record(FOUND);
  assertEquals(mails, ["opened"]);
});

/** An entry as versions before format 2 wrote it. */
const FORMAT_1 = {
  format: 1,
  event: "sent",
  turn: "opened",
  mail: true,
  attempts: 0,
  heard: true,
  returns: 0,
  told: ["extract SourceError ECONNREFUSED"],
  told_at: "2026-11-21T10:00:00.000Z",
  since: "2026-11-21T10:00:00.000Z",
  at: "2026-11-21T10:00:01.000Z",
  finding: {
    kind: "run failed",
    scope: "extract",
    severity: "error",
    cause: "extract SourceError ECONNREFUSED",
    what: "The job extract failed: the source cannot be read.",
    next: "deno task etl status",
  },
};

/** A log that continues an entry of format 1, `minutes` after it, and the mails that it sends. */
async function continued(
  store: ObjectStore,
  entry: Record<string, unknown>,
  observation: Observation,
  minutes = 5,
) {
  const mails: { kind: string; text: string }[] = [];
  const body = new TextEncoder().encode(JSON.stringify({ ...FORMAT_1, ...entry }));
  await store.put("_alerts/run-failed.extract/000001.json", body);
  const log = new IncidentLog(store, {
    cooldown_ms: HOUR_MS,
    mailer: (entry) => {
      mails.push({
        kind: entry.mail!.kind,
        text: renderMail(entry, { cooldown_ms: HOUR_MS }).text,
      });
      return Promise.resolve();
    },
    now: () => new Date(Date.parse(FORMAT_1.at) + minutes * 60_000),
  });
  await log.record(observation);
  return mails;
}

Deno.test("an open incident of format 1 is resolved with a mail that says what it was", async () => {
  await using lake = await testLake();
  const [{ kind, text }, ...more] = await continued(lake.ingestion, {}, CLEAN);
  assertEquals([kind, more], ["resolved", []]);
  assertStringIncludes(text, "The problem was: run failed.");
  assertStringIncludes(text, "2026-11-21 10:00:00 UTC");
});

const CONTINUATIONS: readonly [
  what: string,
  entry: Record<string, unknown>,
  seen: Observation,
  minutes: number,
  kinds: string[],
][] = [
  ["keeps its cooldown", {}, FOUND, 30, []],
  ["gets its reminder", {}, FOUND, 61, ["reminder"]],
  [
    "that is closed keeps its cooldown",
    { turn: "closed", heard: false, mail: false, event: "closed" },
    FOUND,
    30,
    [],
  ],
  ["that is closed opens after it", { turn: "closed", event: "sent" }, FOUND, 61, ["opened"]],
  ["whose mail failed is retried", { event: "unsent", heard: false }, FOUND, 5, ["opened"]],
  [
    "whose mail failed and that is over sends none",
    { event: "unsent", heard: false },
    CLEAN,
    5,
    [],
  ],
  ["whose sender died is retried", { event: "opened", heard: false }, FOUND, 5, ["opened"]],
  [
    "whose recovery mail failed is retried",
    { turn: "closed", event: "unsent" },
    CLEAN,
    5,
    ["resolved"],
  ],
  [
    "that happened once is retried",
    { event: "unsent", heard: false, finding: { ...FORMAT_1.finding, passing: true } },
    CLEAN,
    5,
    ["opened"],
  ],
];

for (const [what, entry, seen, minutes, kinds] of CONTINUATIONS) {
  Deno.test(`an incident of format 1 ${what}`, async () => {
    await using lake = await testLake();
    const mails = await continued(lake.ingestion, entry, seen, minutes);
    assertEquals(mails.map(({ kind }) => kind), kinds);
  });
}
