/**
 * What the table of settings says about each one.
 *
 * @module
 */

/** A section of docs/settings.md. */
export type Group =
  | "databases"
  | "lake"
  | "sources"
  | "tuning"
  | "crons"
  | "alerts"
  | "dashboard";

/** One setting. Its name is the environment variable. */
export interface Setting<Value = unknown> {
  readonly group: Group;
  /** A noun phrase, which completes "Set it to …". */
  readonly what: string;
  readonly example: string;
  /** The text to parse when the variable is unset or empty. A setting without a default is required. */
  readonly default?: string;
  /**
   * Returns the value.
   *
   * @throws {ConfigurationError} with a message that completes "NAME …" and never quotes the text, which
   * can contain a password.
   */
  readonly parse: (text: string) => Value;
  /**
   * The value holds a password. It can be `secretsmanager://NAME` instead: the secret holds a database's
   * URL, or the text itself.
   */
  readonly secret?: "url" | "text";
  /** The deployed app takes the value from Terraform's outputs. */
  readonly terraform?: true;
}
