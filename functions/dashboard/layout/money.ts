/**
 * Amounts of money as people read them: three digits, with the symbol of any currency.
 *
 * @module
 */
const UNITS = [[1e12, "tn"], [1e9, "bn"], [1e6, "m"], [1e3, "k"], [1, ""]] as const;
/** The width between a code and its amount: narrow, and it does not break. */
const NARROW = "\u202f";

/** Writes amounts of a currency. */
export interface Money {
  /** The currency's code: `GBP`. */
  readonly code: string;
  /** Returns an amount with three digits: `£193m`, `£20.4m`, `£940`, `−£3.1k`. */
  short(amount: number): string;
  /** Returns a round amount, for axes: `£2.5m`, `£500k`. */
  tick(amount: number): string;
  /** Returns an exact amount, given as text, in units of the currency: `£1 204`. */
  whole(amount: string | number): string;
}

/** Returns how amounts of a currency are written. A code that is not of ISO 4217 stands for itself. */
export function moneyOf(code: string): Money {
  const prefix = symbolOf(code);
  const signed = (amount: number, text: string) => `${amount < 0 ? "−" : ""}${prefix}${text}`;
  return {
    code,
    short: (amount) => signed(amount, shortened(Math.abs(amount))),
    tick: (amount) => signed(amount, shortened(Math.abs(amount)).replace(/\.0+(?=\D|$)/, "")),
    whole: (amount) => {
      const rounded = Math.round(Number(amount));
      const digits = String(Math.abs(rounded)).replace(/\B(?=(\d{3})+$)/g, NARROW);
      return signed(rounded, digits);
    },
  };
}

function symbolOf(code: string): string {
  try {
    const format = new Intl.NumberFormat("en", {
      style: "currency",
      currency: code,
      currencyDisplay: "narrowSymbol",
    });
    const symbol = format.formatToParts(0).find(({ type }) => type === "currency")!.value;
    return /[A-Z]$/i.test(symbol) ? symbol + NARROW : symbol;
  } catch {
    return code + NARROW; // longer than three letters
  }
}

function shortened(amount: number): string {
  if (amount === 0) return "0";
  const place = UNITS.findIndex(([size]) => amount >= size * 0.9995);
  const [size, unit] = UNITS[place === -1 ? UNITS.length - 1 : place];
  const scaled = amount / size;
  if (unit === "") return scaled < 9.995 ? scaled.toFixed(2) : String(Math.round(scaled));
  return `${scaled.toFixed(scaled < 99.95 ? 1 : 0)}${unit}`;
}
