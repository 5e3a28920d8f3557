// Behind the scenes: what the bot knows of the client who is shown, as it is in the database now.

import { byId, fill, make } from "./dom.js";
import { client } from "./state.js";
import { say } from "./words.js";

let asked = 0;

/** Show it when somebody looks, and keep it current while they do. */
export function buildBehind() {
  byId("behind").addEventListener("toggle", showBehind);
}

/** Fetch and show what is behind the client's phone, if the panel is open. */
export async function showBehind() {
  if (!byId("behind").open) return;
  asked += 1;
  const mine = asked;
  const { who, name } = client();
  const answer = await fetch(`/behind/${who}`);
  if (!answer.ok || mine !== asked) return;
  draw(await answer.json(), name);
}

/**
 * @param {any} found
 * @param {string} name
 */
function draw(found, name) {
  const scrolled = byId("behind-content").querySelector("pre")?.scrollTop ?? 0;
  fill(
    byId("behind-content"),
    make("p", {}, say("behind_of", { name })),
    part("behind_consent", life(found.consent)),
    part("behind_check_ins", ...(found.check_ins.length > 0 ? found.check_ins.map(checkIn) : [nothing()])),
    part("behind_signals", signals(found.signals)),
    part("behind_outbox", make("p", {}, say("behind_outbox_hint")), outbox(found.outbox)),
    make("section", {}, make("h3", {}, say("behind_stored", { name })), stored(found.stored, name)),
  );
  const pre = byId("behind-content").querySelector("pre");
  if (pre) pre.scrollTop = scrolled;
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function part(title, ...children) {
  return make("section", {}, make("h3", {}, say(title)), ...children);
}

function nothing() {
  return make("p", { className: "nothing" }, say("behind_nothing"));
}

/** @param {{words: string, now: boolean}[]} states */
function life(states) {
  if (states.length === 0) return nothing();
  return make(
    "ol",
    { className: "life" },
    ...states.map((one) => make("li", one.now ? { className: "reached", aria: { current: "step" } } : {}, one.words)),
  );
}

/** @param {any} one */
function checkIn(one) {
  return make(
    "div",
    { className: "check-in" },
    make("h4", {}, one.title),
    life(one.life),
    make("p", {}, say("behind_page", { page: one.page })),
    make(
      "dl",
      {},
      ...one.moments.flatMap((/** @type {string[]} */ [name, at]) => [make("dt", {}, name), make("dd", {}, at)]),
    ),
    one.answers.length > 0 &&
      make("ul", {}, ...one.answers.map((/** @type {string} */ line) => make("li", { dir: "auto" }, line))),
  );
}

/** @param {{title: string, rule: string, of: string}[]} found */
function signals(found) {
  if (found.length === 0) return nothing();
  return make(
    "ul",
    {},
    ...found.map((one) => make("li", {}, make("b", {}, one.title), `: ${one.rule}`, one.of && ` (${one.of})`)),
  );
}

/** @param {any[]} rows */
function outbox(rows) {
  if (rows.length === 0) return nothing();
  const heads = ["behind_to", "behind_purpose", "behind_state", "behind_at"];
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", aria: { label: say("behind_outbox") } },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, say(head))))),
      make(
        "tbody",
        {},
        ...rows.map((row) =>
          make(
            "tr",
            row.waits ? { className: "waits" } : {},
            ...[row.to, row.purpose, row.state, row.at].map((cell) => make("td", {}, cell)),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {unknown} found
 * @param {string} name
 */
function stored(found, name) {
  return make(
    "pre",
    { tabIndex: 0, dir: "ltr", role: "region", aria: { label: say("behind_stored", { name }) } },
    JSON.stringify(found, null, 2),
  );
}
