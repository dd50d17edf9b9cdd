import type { AnyRow } from "../../schemas/table.ts";
import { copyField } from "../postgres/copy_text.ts";

/**
 * Yields rows as COPY text. With `version`, each starts with its number, counted from `first`, and
 * ends with its `valid_from`. A fact's surrogate key starts as its position in the file, so it depends
 * on nothing else.
 */
export async function* copyText(
  batches: AsyncIterable<readonly AnyRow[]>,
  columns: readonly string[],
  version: { readonly valid_from: string; readonly first: number } | undefined,
  onRows: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const end = version ? `\t${version.valid_from}\n` : "\n";
  let number = version?.first ?? 0;
  for await (const batch of batches) {
    let text = "";
    for (const row of batch) {
      if (version) text += `${number++}\t`;
      for (let i = 0; i < columns.length; i++) {
        text += (i > 0 ? "\t" : "") + copyField(row[columns[i]]);
      }
      text += end;
    }
    yield encoder.encode(text);
    onRows(batch.length);
  }
}
