import { dirname } from "node:path";
import type { DocumentRecord } from "../../../sdk/lake/commit.ts";
import { extractSource } from "../../../sdk/sources/extract_source.ts";
import { filesSource, type FilesSourceOptions } from "../../../sdk/sources/files/files.ts";
import { type TemporaryFolder, temporaryFolder } from "../../lake/temporary_folder.ts";
import { type TestLake, testLake } from "../../support/lake.ts";

export const HEADER = "staff_id,month,currency_code,target\n";
export const ONE = `${HEADER}1,2026-11,GBP,1000.50\n`;
export const TWO = `${ONE}2,2026-11,EUR,7\n`;

/** A folder that files are dropped into, and a lake. */
export interface Drop extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly lake: TestLake;
  /** Writes a file that looks complete: it is a minute old. */
  put(name: string, content: string | Uint8Array): Promise<void>;
  /** Extracts what is new. */
  extract(options?: Partial<FilesSourceOptions>): Promise<readonly DocumentRecord[]>;
}

/** Makes an empty folder and an empty lake. */
export async function drop(): Promise<Drop> {
  const folder = await temporaryFolder();
  const lake = await testLake();
  return {
    folder,
    lake,
    async put(name, content) {
      const path = `${folder.path}/${name}`;
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      const minuteAgo = Date.now() / 1_000 - 60 + next++ / 1_000;
      await Deno.utime(path, minuteAgo, minuteAgo);
    },
    async extract(options) {
      const source = filesSource({ url: folder.url, ...options });
      return (await extractSource({ source, ingestion: lake.ingestion })).documents;
    },
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await lake[Symbol.asyncDispose]();
    },
  };
}

/** Makes the time of every file another one. */
let next = 0;

/** What became of documents: `targets/a.csv read 2`. */
export function outcomes(documents: readonly DocumentRecord[]): string[] {
  return documents.map(({ name, outcome, rows, reason }) => `${name} ${outcome} ${reason ?? rows}`);
}
