// Building the page from nodes. Text only ever becomes text: nothing here, or anywhere, writes HTML.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Make an element. Properties are set as properties; `on` holds listeners, `data` and `aria` their attributes.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  const { on = {}, data = {}, aria = {}, role, ...others } = properties;
  Object.assign(element, others);
  if (role) element.setAttribute("role", role);
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  for (const [key, value] of Object.entries(data)) element.dataset[key] = String(value);
  for (const [key, value] of Object.entries(aria)) element.setAttribute(`aria-${key}`, String(value));
  element.append(...present(children));
  return element;
}

/**
 * Put other children in the place of those that an element has.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/** @param {string} id */
export function byId(id) {
  return /** @type {any} */ (document.getElementById(id));
}

/** @param {Child[]} children */
function present(children) {
  return /** @type {(Node | string)[]} */ (children.filter((child) => child || child === ""));
}
