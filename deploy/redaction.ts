/**
 * Keeps secrets out of everything that is printed, the output of other programs included.
 *
 * @module
 */

/** Replaces known secrets in text. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** Adds a secret. If it is a URL, its password is added as well. */
  add(secret: string | undefined): void {
    if (!secret) return;
    this.#secrets.add(secret);
    if (!URL.canParse(secret)) return;
    const { password } = new URL(secret);
    if (!password) return;
    this.#secrets.add(password);
    this.#secrets.add(decoded(password));
  }

  /** Returns the text with every secret replaced. */
  apply(text: string): string {
    // The longest first: a secret can contain another one.
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
