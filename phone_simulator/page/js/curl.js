// A request as a command that does the same from a terminal.

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlFor(url, key, { path, body }) {
  return [
    `curl -s ${url}${path} \\`,
    `  -H ${quoted(`Authorization: Bearer ${key}`)} \\`,
    `  -H ${quoted(`Idempotency-Key: ${body.order_id}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(JSON.stringify(body, null, 1))}`,
  ].join("\n");
}
