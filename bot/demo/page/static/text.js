// Text as Telegram formats it: a plain text, and marks on parts of it. Offsets count UTF-16 units, as JavaScript does.

import { make } from "./dom.js";

/** @type {Record<string, string>} */
const ELEMENTS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "code",
  blockquote: "q",
  expandable_blockquote: "q",
};

/**
 * Return the nodes of a text. Where marks overlap, the outer one comes first in the list and goes around the other.
 * @param {string} text
 * @param {import("./state.js").Entity[]} entities
 * @returns {(Node | string)[]}
 */
export function formatted(text, entities) {
  return part(text, 0, text.length, entities);
}

/**
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {import("./state.js").Entity[]} entities
 * @returns {(Node | string)[]}
 */
function part(text, from, to, entities) {
  const nodes = [];
  let at = from;
  let rest = entities.filter((one) => one.offset >= from && one.offset + one.length <= to);
  while (rest.length > 0) {
    const [first, ...others] = rest;
    const end = first.offset + first.length;
    const inner = others.filter((one) => one.offset + one.length <= end);
    if (first.offset > at) nodes.push(text.slice(at, first.offset));
    nodes.push(marked(first, part(text, first.offset, end, inner)));
    at = end;
    rest = others.filter((one) => one.offset >= end);
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

/**
 * @param {import("./state.js").Entity} entity
 * @param {(Node | string)[]} children
 */
function marked(entity, children) {
  return make(ELEMENTS[entity.kind] ?? "span", { className: `is-${entity.kind}` }, ...children);
}
