/**
 * A mail as HTML that every client shows: tables and inline styles, no pictures. The style sheet in its
 * head holds the dark colours; a client that drops it shows the light ones.
 *
 * @module
 */
import type { MailContent } from "./mail_content.ts";

const INK = "#16181d";
const SOFT = "#565c68";
const LINE = "#e3e4e8";
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,Consolas,Menlo,monospace";

interface Tone {
  readonly symbol: string;
  readonly color: string;
  readonly dark: string;
}

const TONES: Readonly<Record<MailContent["tone"], Tone>> = {
  error: { symbol: "&#10005;", color: "#b3212f", dark: "#ff8a92" },
  warning: { symbol: "&#9650;", color: "#925400", dark: "#f0b75c" },
  resolved: { symbol: "&#10003;", color: "#0b7a5b", dark: "#4fcba2" },
};

/** Returns a mail's content as HTML. */
export function renderHtml(content: MailContent): string {
  const { tone, title, paragraphs, steps, facts, footer } = content;
  const { symbol, color, dark } = TONES[tone];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title>
<style>${darkStyle(dark)}</style>
</head>
<body class="bg" style="margin:0;background:#f6f6f4">
<div style="display:none;max-height:0;overflow:hidden">${escaped(paragraphs[0])}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" ${
    attribute(
      `width:100%;max-width:600px;background:#fff;border:1px solid ${LINE};` +
        `border-top:4px solid ${color};border-radius:8px;${FONT};font-size:15px;line-height:22px;` +
        `color:${INK};text-align:left;overflow-wrap:anywhere`,
    )
  }>
<tr><td style="padding:24px 24px 0">
<h1 style="margin:0;font-size:22px;line-height:28px;font-weight:600"><span class="tone" aria-hidden="true" style="color:${color}">${symbol}</span> ${
    escaped(title)
  }</h1>
${paragraphs.map(paragraph).join("\n")}
</td></tr>
${steps.map(stepRow).join("\n")}
<tr><td style="padding:20px 24px 24px">
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:14px;line-height:20px">
${facts.map(factRow).join("\n")}
</table>
<p class="soft" style="margin:16px 0 0;font-size:13px;line-height:18px;color:${SOFT}">${
    escaped(footer)
  }</p>
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function darkStyle(tone: string): string {
  const rules = [
    ".bg{background:#0f1115!important}",
    `.card{background:#171a20!important;border-color:#2a2f38!important;` +
    `border-top-color:${tone}!important;color:#eceef2!important}`,
    `.tone{color:${tone}!important}`,
    ".soft{color:#a9b0bc!important}",
    ".line{border-color:#2a2f38!important}",
    ".code{background:#0f1115!important;color:#eceef2!important}",
  ];
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}

function paragraph(text: string): string {
  return `<p style="margin:10px 0 0">${escaped(text)}</p>`;
}

function stepRow({ lead, commands }: MailContent["steps"][number]): string {
  const code = commands.map((command) =>
    `<p class="code" ${
      attribute(
        `margin:6px 0 0;background:#f1f1ef;border-radius:6px;padding:10px 12px;${MONO};` +
          "font-size:14px",
      )
    }>${escaped(command)}</p>`
  );
  return `<tr><td style="padding:18px 24px 0">
<p style="margin:0;font-weight:600">${escaped(lead)}</p>
${code.join("\n")}
</td></tr>`;
}

function factRow([label, value]: readonly [string, string]): string {
  const border = `border-top:1px solid ${LINE};vertical-align:top;text-align:left`;
  return `<tr><th scope="row" width="1%" class="line soft" style="padding:8px 16px 8px 0;${border};` +
    `color:${SOFT};font-weight:400;white-space:nowrap">${escaped(label)}</th>` +
    `<td class="line" style="padding:8px 0;${border}">${escaped(value)}</td></tr>`;
}

function attribute(style: string): string {
  return `style="${style}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text. Large numbers are kept in one line. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character])
    .replace(/(?<=\d) (?=\d{3}\b)/g, "&nbsp;");
}
