import type { Fact } from "./alert_words.ts";
import type { LagChart } from "./lag_chart.ts";

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
  /** How far the warehouse was behind; null in a mail about something else. */
  readonly chart: LagChart | null;
  /** The dashboard; null when its address is unknown. */
  readonly link: { readonly label: string; readonly href: string } | null;
  /** The details. */
  readonly facts: readonly Fact[];
  /** Which mails follow. */
  readonly footer: string;
}
