import { refused } from "./refused.ts";

/** Thousands: groups of three digits after one to three, with the same separator. */
const NUMBER = {
  ".": /^([+-]?)(?:([1-9]\d{0,2})((?:([,'’ \u00a0\u202f])\d{3})(?:\4\d{3})*)|(\d*))(?:\.(\d*))?$/,
  ",": /^([+-]?)(?:([1-9]\d{0,2})((?:([.'’ \u00a0\u202f])\d{3})(?:\4\d{3})*)|(\d*))(?:,(\d*))?$/,
};
/** In a file with decimal points, such a number needs no change. Most numbers are like that. */
const PLAIN = /^-?\d+(?:\.\d+)?$/;
/** A separator and three digits after at most three: 1.234 is 1234 in Rome and less than 2 in London. */
const DOUBTFUL = /^[+-]?[1-9]\d{0,2}([.,])\d{3}$/;
const OTHER = { ".": ",", ",": "." } as const;

/**
 * Reads the numbers of one file. Its decimal separator is given, or the first number that leaves no doubt
 * says it: `3.94`, `1.234,5`. A file whose doubtful numbers turn out to have been misread is refused.
 */
export class NumberReader {
  readonly #isSet: boolean;
  #decimal: "." | ",";
  /** Whether a number has said it. */
  #isCertain: boolean;
  /** A number that was read with a point before anything said so. */
  #doubtful: string | undefined;

  /** Takes the decimal separator, if it is known. */
  constructor(decimal?: "." | ",") {
    this.#decimal = decimal ?? ".";
    this.#isCertain = this.#isSet = decimal !== undefined;
  }

  /**
   * Returns a number with a point and no other separator; undefined when it is not a number, or can be one
   * of two.
   *
   * @throws {RefusedDocumentError} when a number before can have been misread.
   */
  read(text: string): string | undefined {
    if (this.#isCertain && this.#decimal === "." && PLAIN.test(text)) return text;
    const plain = normalized(text, this.#decimal);
    if (this.#isSet || !/[.,]/.test(text)) return plain;
    const doubtful = DOUBTFUL.exec(text);
    if (doubtful && doubtful[1] !== this.#decimal) return undefined;
    if (doubtful && !this.#isCertain) this.#doubtful ??= text;
    if (doubtful || this.#isCertain) return plain;
    const other = plain ?? normalized(text, OTHER[this.#decimal]);
    if (other === undefined) return undefined;
    if (plain === undefined) this.#switch(text);
    this.#isCertain = true;
    return other;
  }

  /** Changes to the other decimal separator. */
  #switch(text: string): void {
    if (this.#doubtful !== undefined) {
      throw refused(
        `${text} has a decimal comma, and ${this.#doubtful} before it can be a thousand or a fraction: ` +
          "set the decimal separator of this kind of file",
      );
    }
    this.#decimal = OTHER[this.#decimal];
  }
}

function normalized(text: string, decimal: "." | ","): string | undefined {
  if (decimal === "." && PLAIN.test(text)) return text;
  const found = NUMBER[decimal].exec(text);
  if (!found) return undefined;
  const [, sign, first = "", groups = "", , digits = "", fraction = ""] = found;
  const whole = first + groups.replace(/\D/g, "") + digits;
  if (whole + fraction === "") return undefined;
  return (sign === "-" ? "-" : "") + (whole || "0") + (fraction && `.${fraction}`);
}
