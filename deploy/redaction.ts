/**
 * What must never be shown: whatever another program says passes through here before it is printed.
 *
 * @module
 */

/** Knows secrets, and keeps them out of texts. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** From here on this is a secret; and if it is a database's URL, so is the password in it. */
  add(secret: string | undefined): void {
    if (!secret) return;
    this.#secrets.add(secret);
    if (!URL.canParse(secret)) return;
    const { password } = new URL(secret);
    if (!password) return;
    this.#secrets.add(password);
    this.#secrets.add(decoded(password));
  }

  /** The text with every secret blotted out. */
  apply(text: string): string {
    // The longest first: a part that is blotted out would leave the rest of the whole behind.
    const secrets = [...this.#secrets].sort((a, b) => b.length - a.length);
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, "••••"), text);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
