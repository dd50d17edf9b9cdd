/**
 * Reads CSV. The parser is csv-parse.
 *
 * @module
 */
import { type CsvError, type Info, type Options, parse, type Parser } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import { MAX_RECORD, type RecordBatch } from "./records.ts";
import { atLine, refused } from "./refused.ts";

/** What a CSV file is read with. */
export interface CsvOptions {
  /** The delimiter; when omitted, it is the one whose header has the most columns. */
  readonly delimiter?: string;
  /** Returns whether a header is known. */
  readonly isKnown: (header: string) => boolean;
}

const DELIMITERS = [",", ";", "\t", "|"];
/** The first line in files that Excel writes for other countries. */
const EXCEL_DELIMITER = /^sep=(.)\r?\n/i;
/** Characters that are parsed at once: the records of more would be moved to the old heap. */
const PART = 16 * 1024;
/** Enough for a header. */
const HEADER = 64 * 1024;

/**
 * Yields the records of CSV text. Spaces around values do not count unless they are quoted; a record without
 * any value is skipped. Lines end in LF, CRLF or CR.
 *
 * @throws {RefusedDocumentError} when it is not CSV, or a record has more or fewer values than the header.
 */
export async function* readCsv(
  text: AsyncIterable<string>,
  options: CsvOptions,
): AsyncGenerator<RecordBatch> {
  const parser = new CsvParser(options);
  try {
    for await (const chunk of text) {
      for (const part of parts(chunk)) yield* batch(await parser.write(part), parser);
    }
    yield* batch(await parser.end(), parser);
  } finally {
    parser.close();
  }
  if (parser.header.length === 0) throw refused("the file is empty");
}

/** Yields the parts of a text. None ends between the two units of a character. */
function* parts(text: string): Generator<string> {
  for (let from = 0, to; from < text.length; from = to) {
    to = Math.min(from + PART, text.length);
    if (to < text.length && /[\ud800-\udbff]/.test(text[to - 1])) to--;
    yield text.slice(from, to);
  }
}

function* batch(records: string[][], { header, headerLine }: CsvParser): Generator<RecordBatch> {
  if (header.length === 0) return;
  yield { header, isFixed: true, place: `line ${headerLine}`, records };
}

/** Bytes of the longest text that is parsed at once: each character takes up to three. */
const BUFFER = (HEADER + PART) * 3;
const utf8 = new TextEncoder();

/** A parser, once its delimiter is known. */
class CsvParser {
  readonly #options: CsvOptions;
  #parser: Parser | undefined;
  /** The beginning of the file, until it has a header. */
  #start = "";
  #records: string[][] = [];
  readonly #buffers = [new Uint8Array(BUFFER), new Uint8Array(BUFFER)];
  /** The line that the last record ends at. */
  #line = 0;
  /** The line of the parser, which counts a CRLF in a value twice. */
  #parserLine = 0;
  header: string[] = [];
  headerLine = 0;

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  /** Parses a part of the text. Returns the records that it completes. */
  async write(text: string): Promise<string[][]> {
    if (!this.#parser) {
      this.#start += text;
      if (this.#start.length < HEADER && !/[\r\n]./.test(this.#start)) return [];
      text = this.#begin();
    }
    const bytes = this.#encode(text);
    return await this.#call((done) => this.#parser!.write(bytes, done));
  }

  /** Returns the records that the end of the text completes. */
  async end(): Promise<string[][]> {
    const start = this.#parser ? [] : await this.write(this.#begin());
    return [...start, ...await this.#call((done) => this.#parser!.end(done))];
  }

  close(): void {
    this.#parser?.destroy();
  }

  /** Creates the parser. Returns the text that it begins with. */
  #begin(): string {
    const excel = EXCEL_DELIMITER.exec(this.#start);
    const text = this.#start.slice(excel?.[0].length ?? 0);
    if (excel) this.#line++;
    this.#start = "";
    const delimiter = this.#options.delimiter ?? excel?.[1] ?? sniff(text, this.#options);
    this.#parser = parse({
      ...syntax(delimiter),
      on_record: (record: string[], { lines }: Info) => {
        this.#add(record, lines);
        return null;
      },
    });
    this.#parser.on("error", () => {}); // the callback of each call has it
    this.#parser.resume();
    return text;
  }

  /** Encodes into one of two buffers: the parser still needs the end of the part before. */
  #encode(text: string): Uint8Array {
    this.#buffers.reverse();
    const [buffer] = this.#buffers;
    return buffer.subarray(0, utf8.encodeInto(text, buffer).written);
  }

  #add(record: string[], parserLine: number): void {
    const line = this.#line + 1;
    const isLong = parserLine > this.#parserLine + 1;
    this.#line = line + (isLong ? lineBreaks(record) : 0);
    this.#parserLine = parserLine;
    if (record.every((value) => value === "")) return;
    if (this.header.length === 0) {
      this.header = record;
      this.headerLine = line;
    } else if (record.length === this.header.length) {
      this.#records.push(record);
    } else {
      const [has, wants] = [record.length, this.header.length];
      throw refused(
        atLine(line, `the row has ${has} ${has === 1 ? "field" : "fields"}, not ${wants}`),
      );
    }
  }

  async #call(act: (done: (error?: Error | null) => void) => void): Promise<string[][]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#parser!.once("error", reject);
    act((error) => error ? reject(error) : resolve());
    try {
      await promise;
    } catch (error) {
      throw this.#problem(error as CsvError);
    } finally {
      this.#parser!.off("error", reject);
    }
    const records = this.#records;
    this.#records = [];
    return records;
  }

  #problem(error: CsvError): Error {
    if (error.code === undefined) return error;
    return refused(atLine(this.#line + 1, PROBLEMS[error.code] ?? error.message), error);
  }
}

const PROBLEMS: Readonly<Partial<Record<string, string>>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  INVALID_OPENING_QUOTE: "a quote in a value that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "a character between a closing quote and the delimiter",
  CSV_MAX_RECORD_SIZE: "the row has more than 1 MB: a quote is not closed",
};

function syntax(delimiter: string): Options {
  return {
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    trim: true,
    max_record_size: MAX_RECORD,
  };
}

/** Returns the delimiter that gives the header the most columns. */
function sniff(text: string, { isKnown }: CsvOptions): string {
  const counts = DELIMITERS.map((delimiter) => {
    const header = headerOf(text, delimiter);
    return { delimiter, known: header.filter(isKnown).length, all: header.length };
  });
  counts.sort((a, b) => b.known - a.known || b.all - a.all);
  return counts[0].delimiter;
}

function headerOf(text: string, delimiter: string): string[] {
  try {
    const start = text.trimStart().slice(0, HEADER);
    const [header = []] = parseSync(start, { ...syntax(delimiter), to: 1 }) as string[][];
    return header;
  } catch {
    return []; // the text is read again, and refused then
  }
}

function lineBreaks(record: readonly string[]): number {
  return record.reduce((sum, value) => sum + (value.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
}
