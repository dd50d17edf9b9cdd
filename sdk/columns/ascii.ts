/** Characters that a decoder looks for, as bytes. */
export const ZERO = 48,
  NINE = 57,
  MINUS = 45,
  DOT = 46,
  COLON = 58,
  SPACE = 32,
  QUOTE = 34,
  SLASH = 47,
  BACKSLASH = 92;
