import type { Fact } from "./alert_words.ts";

/** The content of a mail, before it is text or HTML. Its texts are printable. */
export interface MailContent {
  /** The colour and the symbol. */
  readonly tone: "error" | "warning" | "resolved";
  /** The verdict. */
  readonly title: string;
  /** What happened, and what it means for the data. */
  readonly paragraphs: readonly string[];
  /** What to do next: alternatives. */
  readonly steps: readonly { readonly lead: string; readonly commands: readonly string[] }[];
  /** The details. */
  readonly facts: readonly Fact[];
  /** Which mails follow. */
  readonly footer: string;
}
