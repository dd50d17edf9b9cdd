import type { AnyRow } from "../../schemas/table.ts";
import type { DataObject } from "../lake/commit.ts";
import { readObject } from "../lake/data_objects.ts";
import { parseJsonl } from "../lake/jsonl.ts";
import type { ObjectStore } from "../lake/store.ts";

/**
 * Yields the keys in JSONL objects as text, some at a time: the values of a column. Those of invalid rows
 * too, because an invalid row that was deleted has to leave the quarantine.
 */
export async function* deletedKeys(
  store: ObjectStore,
  objects: readonly DataObject[],
  column: string,
): AsyncGenerator<string[]> {
  for (const object of objects) {
    for await (const lines of parseJsonl(readObject(store, object), object.key)) {
      yield lines.map((line) => String((line as AnyRow)[column]));
    }
  }
}
