// The guided tour: one step after the other, told by what has happened, with the control to use next marked.

import { ask } from "./asking.js";
import { byId, fill, make } from "./dom.js";
import { chooseSoon, client, state } from "./state.js";
import { all, filled, say } from "./words.js";

const OPEN = "tour-is-open";

/** @param {() => void} redraw */
export function buildTour(redraw) {
  byId("tour").setAttribute("aria-label", say("tour"));
  byId("tour").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close(redraw);
  });
  byId("tour-start").addEventListener("click", () => start(redraw));
}

/** @param {() => void} redraw */
async function start(redraw) {
  const answer = client().step === 0 ? null : await ask("enters");
  if (answer) chooseSoon(/** @type {number} */ (answer.clients.at(-1)));
  sessionStorage.setItem(OPEN, "yes");
  redraw();
  byId("tour").querySelector("button")?.focus();
}

/** @param {() => void} redraw */
function close(redraw) {
  sessionStorage.setItem(OPEN, "no");
  redraw();
  byId("tour-start").focus();
}

/**
 * Show where the tour stands. It is open until somebody closes it.
 * @param {() => void} redraw
 */
export function showTour(redraw) {
  for (const marked of document.querySelectorAll(".next")) marked.classList.remove("next");
  const isOpen = sessionStorage.getItem(OPEN) !== "no";
  byId("tour").hidden = !isOpen;
  byId("tour-start").hidden = isOpen;
  if (!isOpen) return;
  const steps = all("tour_steps");
  const number = client().step ?? 0;
  const gaps = { name: client().name, alias: client().alias ?? "" };
  const isLast = number >= steps.length - 1;
  const title = isLast
    ? steps[number].title
    : say("tour_step", { number: number + 1, steps: steps.length - 1, title: steps[number].title });
  const text = filled(steps[number].text, gaps);
  if (byId("tour").dataset.shows !== title + text) {
    byId("tour").dataset.shows = title + text;
    draw(title, text, isLast, redraw);
  }
  target()?.classList.add("next");
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} isLast
 * @param {() => void} redraw
 */
function draw(title, text, isLast, redraw) {
  const focused =
    document.activeElement instanceof HTMLElement && byId("tour").contains(document.activeElement)
      ? document.activeElement.dataset.tool
      : undefined;
  const button = (/** @type {string} */ tool, /** @type {() => void} */ click) =>
    make("button", { type: "button", data: { tool }, on: { click } }, say(tool));
  fill(
    byId("tour"),
    make("div", { className: "tour-words", aria: { live: "polite" } }, make("h2", {}, title), make("p", {}, text)),
    make(
      "div",
      { className: "tour-tools" },
      !isLast && button("tour_find", find),
      !isLast && button("tour_do", doIt),
      isLast && button("tour_again", () => start(redraw)),
      button("tour_close", () => close(redraw)),
    ),
  );
  if (focused)
    (byId("tour").querySelector(`[data-tool="${focused}"]`) ?? byId("tour").querySelector("button"))?.focus();
}

function find() {
  const found = target();
  found?.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  found?.focus({ preventScroll: true });
}

function doIt() {
  const found = target();
  found?.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" }); // so that it is seen to happen
  found?.click();
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** @returns {HTMLElement | null} the control to use next */
function target() {
  const wanted = client().target;
  if (!wanted) return null;
  if (wanted.control)
    return (
      [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-control="${wanted.control}"]`))].at(
        -1,
      ) ?? null
    );
  const phone = byId(wanted.who === state.therapist ? "therapist-phone" : "client-phone");
  return phone.querySelector(`[data-message="${wanted.message}"] [data-place="${wanted.row}-${wanted.column}"]`);
}
