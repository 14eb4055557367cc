// TwiML with its indentation and colours.

import { html } from "./html.js";

const PART = /(<\/?[\w:]+|\/?>|\?>|<\?xml)|(\s[\w:]+=)|("[^"]*")/g;

export function coloured(xml) {
  return indented(xml)
    .split("\n")
    .map((row) => html`${colours(row)}\n`);
}

function indented(xml) {
  let depth = 0;
  return xml
    .replace(/>\s*</g, ">\n<")
    .split("\n")
    .map((row) => {
      const closes = /^<\//.test(row);
      if (closes) depth -= 1;
      const shown = "  ".repeat(Math.max(0, depth)) + row;
      if (/^<\w/.test(row) && !/\/>$/.test(row) && !/<\/[\w:]+>$/.test(row)) depth += 1;
      return shown;
    })
    .join("\n");
}

function colours(row) {
  const found = [];
  let at = 0;
  for (const match of row.matchAll(PART)) {
    found.push(row.slice(at, match.index));
    const kind = match[1] ? "tag" : match[2] ? "name" : "value";
    found.push(html`<span class=${kind}>${match[0]}</span>`);
    at = match.index + match[0].length;
  }
  return [...found, row.slice(at)];
}
