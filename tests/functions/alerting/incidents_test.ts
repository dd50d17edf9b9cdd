import { assertEquals } from "@std/assert";
import type { ObjectStore } from "../../../sdk/lake/store.ts";
import type { Finding } from "../../../functions/alerting/incident.ts";
import { Incidents } from "../../../functions/alerting/incidents.ts";
import { keysOf, testLake } from "../../support/lake.ts";
import { s3Test, testBucket } from "../../support/s3.ts";

const HOUR_MS = 3_600_000;
const FINDING: Finding = {
  kind: "run failed",
  scope: "extract",
  severity: "error",
  cause: "ECONNREFUSED",
  what: "The source cannot be read.",
};
const SEEN = { findings: [FINDING], checkedScopes: [] };
const OVER = { findings: [], checkedScopes: ["extract"] };

/** Incidents as one process keeps them, and the mails it sends. */
function process(store: ObjectStore, mails: string[]): Incidents {
  return new Incidents(store, {
    cooldown_ms: HOUR_MS,
    mailer: (entry) => Promise.resolve(void mails.push(entry.turn)),
  });
}

async function tellsOnce(store: ObjectStore): Promise<void> {
  const mails: string[] = [];
  const processes = Array.from({ length: 10 }, () => process(store, mails));
  await Promise.all(processes.map((incidents) => incidents.take(SEEN)));
  await Promise.all(processes.map((incidents) => incidents.take(SEEN)));
  assertEquals(mails, ["opened"]);
  assertEquals((await processes[0].open()).map(({ finding }) => finding.kind), ["run failed"]);
  await Promise.all(processes.map((incidents) => incidents.take(OVER)));
  await Promise.all(processes.map((incidents) => incidents.take(OVER)));
  assertEquals(mails, ["opened", "closed"]);
  assertEquals(await processes[0].open(), []);
  const folder = "_alerts/run-failed.extract";
  assertEquals(await keysOf(store), [1, 2, 3, 4].map((n) => `${folder}/00000${n}.json`));
}

Deno.test("of ten processes that see an incident, one tells of it, in a folder", async () => {
  await using lake = await testLake();
  await tellsOnce(lake.ingestion);
});

s3Test("of ten processes that see an incident, one tells of it, on S3", async () => {
  const { store } = await testBucket();
  await tellsOnce(store);
});

Deno.test("an entry is read once by each process", async () => {
  await using lake = await testLake();
  let reads = 0;
  const { ingestion } = lake;
  const counting: ObjectStore = {
    url: ingestion.url,
    put: (key, body) => ingestion.put(key, body),
    list: (prefix, after) => ingestion.list(prefix, after),
    get: (key, range) => (reads++, ingestion.get(key, range)),
  };
  const incidents = process(counting, []);
  for (let tick = 0; tick < 10; tick++) await incidents.take(SEEN);
  assertEquals(reads, 1);
});

Deno.test("what an incident has come to costs a listing or two, however long it is", async () => {
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
  const incidents = process(paged, mails);
  await incidents.take(SEEN);
  const [, entry] = [...entries.values()];
  for (let n = 3; n <= 4_500; n++) {
    entries.set(`_alerts/run-failed.extract/${String(n).padStart(6, "0")}.json`, entry);
  }
  await incidents.take(SEEN);
  lists = 0;
  await incidents.take(OVER);
  assertEquals([lists, mails], [2, ["opened", "closed"]]);
});

Deno.test("mails that cannot be sent hold up a job once, not once each", async () => {
  await using lake = await testLake();
  let attempts = 0;
  const incidents = new Incidents(lake.ingestion, {
    cooldown_ms: HOUR_MS,
    mailer: () => Promise.reject(new Error(`SES is down, ${++attempts}`)),
  });
  const findings = ["a", "b", "c"].map((table) => ({ ...FINDING, table, passing: true }));
  await incidents.take({ findings, checkedScopes: [] });
  assertEquals(attempts, 1);
  const mails: string[] = [];
  const later = new Incidents(lake.ingestion, {
    cooldown_ms: HOUR_MS,
    mailer: (entry) => Promise.resolve(void mails.push(entry.finding.table!)),
    now: () => new Date(Date.now() + 60_000),
  });
  await later.take({ findings: [], checkedScopes: [] });
  assertEquals(mails, ["a", "b", "c"], "what happened once is told all the same");
});

Deno.test("an entry that cannot be understood silences nothing", async () => {
  await using lake = await testLake();
  const nonsense = ["", "null", "[]", "{", '{"format":2}', '{"format":1,"finding":{}}'];
  const mails: string[] = [];
  await lake.ingestion.put("_alerts/stray.txt", new Uint8Array());
  for (const [place, text] of nonsense.entries()) {
    const key = `_alerts/run-failed.extract/${String(place + 1).padStart(6, "0")}.json`;
    await lake.ingestion.put(key, new TextEncoder().encode(text));
    await process(lake.ingestion, mails).take(OVER);
    assertEquals(mails, [], text);
  }
  await process(lake.ingestion, mails).take(SEEN);
  assertEquals(mails, ["opened"]);
});
