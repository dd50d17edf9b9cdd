const CLEAR_LINE = "\x1b[K";
const UP = "\x1b[1A";

/** Some lines at the end of a terminal that are drawn over again. The cursor stays in the last one. */
export class Block {
  readonly #write: (text: string) => void;
  #lines = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws lines, none wider than the terminal, over those drawn before. */
  draw(lines: readonly string[]): void {
    const drawn = lines.map((line) => CLEAR_LINE + line).join("\n");
    this.#write(this.#toFirst() + drawn);
    this.#lines = lines.length;
  }

  /** Removes the lines. */
  clear(): void {
    if (this.#lines === 0) return;
    this.#write(this.#toFirst() + "\x1b[J");
    this.#lines = 0;
  }

  #toFirst(): string {
    return "\r" + UP.repeat(Math.max(0, this.#lines - 1));
  }
}
