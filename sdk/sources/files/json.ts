/**
 * Reads JSON: an array of objects, or an object on each line. Numbers are kept as they are written.
 *
 * @module
 */
import { simplified } from "./header.ts";
import { type Cell, ExactNumber, MAX_RECORD, type RecordBatch } from "./records.ts";
import { atLine, refused } from "./refused.ts";

/** The text of a value, and the line that it begins at. */
interface Element {
  readonly text: string;
  readonly line: number;
}

/**
 * Yields the objects of a JSON array, a chunk at a time.
 *
 * @throws {RefusedDocumentError} when it is not an array of objects.
 */
export async function* readJson(text: AsyncIterable<string>): AsyncGenerator<RecordBatch> {
  const scanner = new ArrayScanner();
  const table = new ObjectTable();
  for await (const chunk of text) yield* table.add(scanner.scan(chunk));
  scanner.end();
  yield* table.end();
}

/**
 * Yields the objects of JSON Lines, a chunk at a time.
 *
 * @throws {RefusedDocumentError} when a line is not an object. Empty lines are skipped.
 */
export async function* readJsonLines(text: AsyncIterable<string>): AsyncGenerator<RecordBatch> {
  const table = new ObjectTable();
  let rest = "";
  let line = 0;
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* table.add(lines.map((text) => ({ text, line: ++line })));
    requireShort(rest, line + 1);
  }
  yield* table.add([{ text: rest, line: line + 1 }]);
  yield* table.end();
}

/** Objects as records. A key is a header from the first object that has it. */
class ObjectTable {
  readonly #header: string[] = [];
  readonly #places = new Map<string, number>();
  #place = "line 1";
  #isEmpty = true;

  *add(elements: readonly Element[]): Generator<RecordBatch> {
    let records: Cell[][] = [];
    for (const element of elements) {
      if (element.text.trim() === "") continue;
      requireShort(element.text, element.line);
      const width = this.#header.length;
      const record = this.#recordOf(element);
      if (this.#header.length > width) {
        // A new header is a new batch, so that it is reported with its line.
        yield* this.#batch(records, this.#header.slice(0, width));
        records = [];
        this.#place = `line ${element.line}`;
      }
      records.push(record);
    }
    yield* this.#batch(records, [...this.#header]);
  }

  *end(): Generator<RecordBatch> {
    if (this.#isEmpty) yield { header: [], isFixed: false, place: this.#place, records: [] };
  }

  *#batch(records: Cell[][], header: readonly string[]): Generator<RecordBatch> {
    if (records.length === 0) return;
    this.#isEmpty = false;
    yield { header, isFixed: false, place: this.#place, records };
  }

  #recordOf({ text, line }: Element): Cell[] {
    const object = parseExactly(text, line);
    if (!isObject(object)) throw refused(atLine(line, "the value is not an object"));
    const record: Cell[] = new Array(this.#header.length);
    for (const [key, value] of Object.entries(object)) {
      const place = this.#placeOf(key);
      if (record[place] !== undefined) {
        throw refused(atLine(line, `${this.#header[place]} and ${key} are the same column`));
      }
      record[place] = value;
    }
    return record;
  }

  /** Objects of one file can write a key in several ways. */
  #placeOf(key: string): number {
    const known = this.#places.get(key) ?? this.#places.get(simplified(key));
    const place = known ?? this.#header.push(key) - 1;
    this.#places.set(key, place);
    this.#places.set(simplified(key), place);
    return place;
  }
}

function parseExactly(text: string, line: number): unknown {
  try {
    return JSON.parse(
      text,
      (_key, value, context?: { readonly source?: string }) =>
        typeof value === "number" ? new ExactNumber(context!.source!) : value,
    );
  } catch (cause) {
    throw refused(atLine(line, "the text is not JSON"), cause);
  }
}

function isObject(value: unknown): value is Record<string, Cell> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof ExactNumber);
}

function requireShort(text: string, line: number): void {
  if (text.length > MAX_RECORD) throw refused(atLine(line, "the object has more than 1 MB"));
}

const [QUOTE, ESCAPE, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN, CLOSE, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const LINE_FEED = 0x0a;

/** Finds the elements of a JSON array in text that comes in chunks. The JSON parser checks each of them. */
class ArrayScanner {
  /** Before the array, in it, or after it. */
  #state: "before" | "in" | "after" = "before";
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** The beginning of an element that is not complete. */
  #rest = "";
  #restLine = 1;
  #line = 1;
  #elements = 0;

  /** Returns the elements that a chunk completes. */
  scan(chunk: string): Element[] {
    const elements: Element[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const unit = chunk.charCodeAt(at);
      if (unit === LINE_FEED) this.#line++;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (unit === ESCAPE) this.#isEscaped = true;
        else if (unit === QUOTE) this.#inString = false;
      } else if (unit === QUOTE && this.#state === "in") {
        this.#inString = true;
      } else if (this.#state !== "in") {
        if (this.#isSpaceOrStart(unit)) from = at + 1;
      } else if (unit === OPEN || unit === OPEN_ARRAY) {
        if (this.#depth++ === 0 && this.#rest === "" && chunk.slice(from, at).trim() === "") {
          [from, this.#restLine] = [at, this.#line];
        }
      } else if (this.#depth > 0 && (unit === CLOSE || unit === CLOSE_ARRAY)) {
        this.#depth--;
      } else if (this.#depth === 0 && (unit === COMMA || unit === CLOSE_ARRAY)) {
        this.#take(chunk.slice(from, at), unit === CLOSE_ARRAY, elements);
        from = at + 1;
      }
    }
    if (this.#state === "in") this.#rest += chunk.slice(from);
    requireShort(this.#rest, this.#restLine);
    return elements;
  }

  /** @throws {RefusedDocumentError} when the array is not complete. */
  end(): void {
    if (this.#state === "after") return;
    throw refused(atLine(this.#line, "the file ends before its JSON array does"));
  }

  /** Returns true, or refuses the file, when a character is not a part of the array. */
  #isSpaceOrStart(unit: number): true {
    if (unit === OPEN_ARRAY && this.#state === "before") this.#state = "in";
    else if (!/\s/.test(String.fromCharCode(unit))) {
      throw refused(atLine(
        this.#line,
        this.#state === "before"
          ? "a JSON file is an array of objects: name a file with an object on each line .jsonl"
          : "text after the JSON array",
      ));
    }
    return true;
  }

  #take(end: string, isLast: boolean, elements: Element[]): void {
    const text = this.#rest + end;
    this.#rest = "";
    if (isLast) this.#state = "after";
    if (text.trim() !== "") {
      elements.push({ text, line: this.#restLine });
      this.#elements++;
    } else if (!isLast || this.#elements > 0) {
      throw refused(atLine(this.#line, "an element of the JSON array is missing"));
    }
    this.#restLine = this.#line;
  }
}
