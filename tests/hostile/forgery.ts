/**
 * Forged commits: what a person or another program could put into a lake.
 *
 * @module
 */
import type { DataObject, IngestionCommit, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { ingestionZone, processedZone } from "../../sdk/lake/zone.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import { commitKey } from "../../sdk/lake/keys.ts";
import { withChecksum } from "../../sdk/lake/checksum.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";

const encoder = new TextEncoder();

/** Writes bytes as an object with a correct size and hash. */
export async function forgeObject(
  store: ObjectStore,
  body: string | Uint8Array<ArrayBuffer>,
  key = `forged/${crypto.randomUUID()}.jsonl`,
): Promise<DataObject> {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const rows = Math.max(1, bytes.filter((byte) => byte === 10).length);
  return (await writeObject(store, key, ReadableStream.from([bytes]), () => rows))!;
}

/** Changes to a commit, of any type. */
export type Changes = Readonly<Record<string, unknown>>;

/** Appends a copy of the newest ingestion commit with these changes. */
export async function forgeIngestion(store: ObjectStore, changes: Changes): Promise<number> {
  const head = await ingestionZone(store).log.head();
  return await append(store, head!, { mode: "delta", run: "forged", ...changes });
}

/** Appends a copy of the newest processed commit with these changes. */
export async function forgeProcessed(store: ObjectStore, changes: Changes): Promise<number> {
  const head = await processedZone(store).log.head();
  const ingestion_sequence = head!.ingestion_sequence + 1;
  return await append(store, head!, {
    mode: "delta",
    run: "forged",
    ingestion_sequence,
    ...changes,
  });
}

/** Removes a forged commit from the log, so that a test can try another. */
export async function undo(store: ObjectStore, sequence: number): Promise<void> {
  await Deno.remove(new URL(`${store.url}/${commitKey(sequence)}`));
}

async function append(
  store: ObjectStore,
  head: IngestionCommit | ProcessedCommit,
  changes: Changes,
): Promise<number> {
  const sequence = head.sequence + 1;
  const commit = { ...head, tables: {}, deleted: {}, sequence, ...changes };
  await store.put(commitKey(sequence), encoder.encode(withChecksum(JSON.stringify(commit)) + "\n"));
  return sequence;
}
