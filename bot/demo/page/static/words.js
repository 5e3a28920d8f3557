// Every word on the page. They come from where all of the bot's sentences are, so the page has none of its own.

/** @type {Record<string, any>} */
let words = {};

/** Fetch the words, and put those that never change where they belong. */
export async function loadWords() {
  words = await (await fetch("/words")).json();
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.direction;
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = say(/** @type {HTMLElement} */ (element).dataset.word ?? "");
  }
}

/**
 * Return a sentence with its gaps filled in.
 * @param {string} name
 * @param {Record<string, string | number>} [gaps]
 * @returns {string}
 */
export function say(name, gaps = {}) {
  return filled(words[name] ?? name, gaps);
}

/**
 * Return something that is more than one sentence.
 * @param {string} name
 * @returns {any}
 */
export function all(name) {
  return words[name];
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} gaps
 */
export function filled(text, gaps) {
  return text.replace(/\{(\w+)\}/g, (whole, gap) => (gap in gaps ? String(gaps[gap]) : whole));
}
