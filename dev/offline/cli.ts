/**
 * The part of `@std/cli` this project uses: `parseArgs`, with its rules for what is a value and what
 * is not. It stands in for the real one where JSR cannot be reached (see dev/with_std.ts).
 *
 * @module
 */

type Many<K extends string> = K | readonly K[];
type Scalar<T, K extends string, C extends string> = K extends C ? T[] : T;

/** What `parseArgs` understands. */
export interface ParseOptions<B extends string, S extends string, C extends string, D> {
  /** Flags that take no value; false when absent. */
  readonly boolean?: Many<B>;
  /** Flags whose value stays text. */
  readonly string?: Many<S>;
  /** Flags that may be given more than once. */
  readonly collect?: Many<C>;
  /** Values of flags that are not given. */
  readonly default?: D;
  /** Other names of flags. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Flags that may be turned off with `--no-<name>`. */
  readonly negatable?: Many<B>;
  /** Called for what is not a known flag; `false` leaves it out. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What `parseArgs` returns. */
export type Args<B extends string, S extends string, C extends string, D> =
  & { [K in B]: Scalar<boolean, K, C> }
  & { [K in Exclude<S, "_">]: Scalar<string, K, C> | (K extends keyof D | C ? never : undefined) }
  & { _: ("_" extends S ? string : string | number)[] };

/** Takes command-line arguments apart, as `@std/cli` does. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const result = new Result(options as ParseOptions<string, string, string, D>);
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let i = 0; i < end;) i += result.take(args[i], i + 1 < end ? args[i + 1] : undefined);
  return result.finish(args.slice(end + 1)) as Args<B, S, C, D>;
}

class Result {
  readonly #boolean: Set<string>;
  readonly #string: Set<string>;
  readonly #collect: Set<string>;
  readonly #negatable: Set<string>;
  readonly #aliases = new Map<string, string[]>();
  readonly #values: Record<string, unknown> = {};
  readonly #rest: (string | number)[] = [];
  readonly #options: ParseOptions<string, string, string, Record<string, unknown>>;

  constructor(options: ParseOptions<string, string, string, Record<string, unknown>>) {
    this.#options = options;
    for (const [key, value] of Object.entries(options.alias ?? {})) {
      const group = [key, ...many(value)];
      for (const name of group) this.#aliases.set(name, group.filter((other) => other !== name));
    }
    this.#boolean = this.#names(options.boolean);
    this.#string = this.#names(options.string);
    this.#collect = this.#names(options.collect);
    this.#negatable = this.#names(options.negatable);
  }

  /** Takes an argument and says how many it used up: its value may be the next one. */
  take(arg: string, next: string | undefined): 1 | 2 {
    const long = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
    if (long) return this.#takeLong(arg, long[1], long[2], next);
    if (/^-[^-]/.test(arg)) return this.#takeShort(arg, next);
    if (this.#options.unknown?.(arg) !== false) this.#rest.push(this.#typed("_", arg) as string);
    return 1;
  }

  finish(rest: readonly string[]): unknown {
    for (const [key, value] of Object.entries(this.#options.default ?? {})) {
      if (!(key in this.#values)) this.#assign(key, value);
    }
    for (const key of [...this.#boolean, ...this.#string]) {
      if (key in this.#values || key === "_") continue;
      if (this.#collect.has(key)) this.#values[key] = [];
      else if (this.#boolean.has(key)) this.#values[key] = false;
    }
    return { ...this.#values, _: [...this.#rest, ...rest] };
  }

  #takeLong(arg: string, name: string, value: string | undefined, next: string | undefined): 1 | 2 {
    if (value !== undefined) {
      this.#set(name, this.#boolean.has(name) ? value === "true" : value, arg);
      return 1;
    }
    if (name.startsWith("no-") && this.#negatable.has(name.slice(3))) {
      this.#set(name.slice(3), false, arg);
      return 1;
    }
    return this.#takeValue(name, arg, next);
  }

  #takeShort(arg: string, next: string | undefined): 1 | 2 {
    const letters = [...arg.slice(1)];
    for (const [i, letter] of letters.entries()) {
      const tail = arg.slice(i + 2);
      if (/^=|^-?\d+(\.\d+)?$/.test(tail)) {
        this.#set(letter, tail.replace(/^=/, ""), arg);
        return 1;
      }
      if (i === letters.length - 1) return this.#takeValue(letter, arg, next);
      this.#set(letter, this.#string.has(letter) ? "" : true, arg);
    }
    return 1;
  }

  #takeValue(name: string, arg: string, next: string | undefined): 1 | 2 {
    if (next !== undefined && next !== "") {
      if (this.#boolean.has(name)) {
        if (next === "true" || next === "false") {
          this.#set(name, next === "true", arg);
          return 2;
        }
      } else if (!next.startsWith("-")) {
        this.#set(name, next, arg);
        return 2;
      }
    }
    this.#set(name, this.#string.has(name) ? "" : true, arg);
    return 1;
  }

  #set(key: string, value: unknown, arg: string): void {
    const sets = [this.#boolean, this.#string, this.#collect, this.#aliases];
    const known = sets.some((set) => set.has(key));
    if (!known && this.#options.unknown?.(arg, key, value) === false) return;
    const typed = this.#typed(key, value);
    const before = this.#values[key] as unknown[] | undefined;
    this.#assign(key, this.#collect.has(key) ? [...(before ?? []), typed] : typed);
  }

  #assign(key: string, value: unknown): void {
    for (const name of [key, ...(this.#aliases.get(key) ?? [])]) this.#values[name] = value;
  }

  #typed(key: string, value: unknown): unknown {
    const number = typeof value === "string" && !this.#string.has(key) &&
      /^(0x[0-9a-f]+|[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?)$/i.test(value);
    return number ? Number(value) : value;
  }

  /** The names, and those they are aliases of. */
  #names(names: Many<string> | undefined): Set<string> {
    const given = names === undefined ? [] : many(names);
    return new Set(given.flatMap((name) => [name, ...(this.#aliases.get(name) ?? [])]));
  }
}

function many<K extends string>(value: Many<K>): readonly K[] {
  return typeof value === "string" ? [value] : value as readonly K[];
}
