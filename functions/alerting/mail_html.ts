/**
 * A mail as HTML that every client shows: tables and inline styles, no pictures. The style sheet in its
 * head holds the dark colours; a client that drops it shows the light ones.
 *
 * @module
 */
import { renderChart } from "./mail_chart.ts";
import type { MailContent } from "./mail_content.ts";
import { COLORS, escaped, FONT, LAYOUT_TABLE, MONO } from "./mail_style.ts";

const SYMBOLS: Readonly<Record<MailContent["tone"], string>> = {
  error: "&#10005;",
  warning: "&#9650;",
  resolved: "&#10003;",
};

/** Returns a mail's content as HTML. */
export function renderHtml(content: MailContent): string {
  const { tone, title, paragraphs, steps, chart, facts, link, footer } = content;
  const color = COLORS[tone].light;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title>
<style>${darkStyle(tone)}</style>
</head>
<body class="page" style="margin:0;background:${COLORS.page.light}">
<div style="display:none;max-height:0;overflow:hidden">${escaped(paragraphs[0])}</div>
<main>
<table ${LAYOUT_TABLE}><tr>
<td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" ${
    attribute(
      `width:100%;max-width:600px;background:${COLORS.card.light};` +
        `border:1px solid ${COLORS.line.light};border-top:4px solid ${color};border-radius:8px;` +
        `${FONT};font-size:15px;line-height:22px;color:${COLORS.ink.light};text-align:left;` +
        "overflow-wrap:anywhere",
    )
  }>
<tr><td style="padding:24px 24px 0">
<h1 style="margin:0;font-size:22px;line-height:28px;font-weight:600;text-wrap:balance"><span class="tone" aria-hidden="true" style="color:${color}">${
    SYMBOLS[tone]
  }</span> ${escaped(title)}</h1>
${paragraphs.map(paragraph).join("\n")}
</td></tr>
${steps.map(stepRow).join("\n")}
${chart ? `<tr><td style="padding:20px 24px 0">${renderChart(chart)}</td></tr>` : ""}
<tr><td style="padding:20px 24px 24px">
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:14px;line-height:20px">
${facts.map(factRow).join("\n")}
</table>
${link ? button(link) : ""}
<p class="soft" style="margin:16px 0 0;font-size:13px;line-height:18px;color:${COLORS.soft.light}">${
    escaped(footer)
  }</p>
</td></tr>
</table>
</td></tr></table>
</main>
</body>
</html>
`;
}

/** The dark colours, by class. */
function darkStyle(tone: MailContent["tone"]): string {
  const { page, card, code, ink, soft, line, rule, accent, error } = COLORS;
  const rules = [
    `.page{background:${page.dark}!important}`,
    `.card{background:${card.dark}!important;border-color:${line.dark}!important;` +
    `border-top-color:${COLORS[tone].dark}!important;color:${ink.dark}!important}`,
    `.tone{color:${COLORS[tone].dark}!important}`,
    `.soft{color:${soft.dark}!important}`,
    `.line{border-color:${line.dark}!important}`,
    `.rule{border-color:${rule.dark}!important}`,
    `.code{background:${code.dark}!important;color:${ink.dark}!important}`,
    `.fill-accent{background:${accent.dark}!important}`,
    `.fill-error{background:${error.dark}!important}`,
    `.button{background:${accent.dark}!important;color:${page.dark}!important}`,
  ];
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}

/** The cell has the colour too: Outlook pads no links. */
function button({ label, href }: NonNullable<MailContent["link"]>): string {
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin-top:16px"><tr>
<td class="button" style="background:${COLORS.accent.light};border-radius:6px"><a class="button" href="${
    escaped(href)
  }" ${
    attribute(
      `display:inline-block;padding:10px 16px;background:${COLORS.accent.light};color:#ffffff;` +
        "border-radius:6px;font-weight:600;text-decoration:none",
    )
  }>${escaped(label)}</a></td>
</tr></table>`;
}

function paragraph(text: string): string {
  return `<p style="margin:10px 0 0">${escaped(text)}</p>`;
}

function stepRow({ lead, commands }: MailContent["steps"][number]): string {
  const code = commands.map((command) =>
    `<p class="code" ${
      attribute(
        `margin:6px 0 0;background:${COLORS.code.light};border-radius:6px;padding:10px 12px;${MONO};` +
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
  const border = `border-top:1px solid ${COLORS.line.light};vertical-align:top;text-align:left`;
  return `<tr><th scope="row" width="1%" class="line soft" style="padding:8px 16px 8px 0;${border};` +
    `color:${COLORS.soft.light};font-weight:400;white-space:nowrap">${escaped(label)}</th>` +
    `<td class="line" style="padding:8px 0;${border}">${escaped(value)}</td></tr>`;
}

function attribute(style: string): string {
  return `style="${style}"`;
}
