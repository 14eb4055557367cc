// What every module draws with: lit-html (BSD-3-Clause, vendor/lit-html/LICENSE), which changes only what has changed.

export { html, svg, nothing, render } from "../vendor/lit-html/lit-html.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";
export { live } from "../vendor/lit-html/directives/live.js";
