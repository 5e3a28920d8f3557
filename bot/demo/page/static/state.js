// What the page shows: told by the server, event by event. The only thing that a page decides is which client it shows.

/**
 * @typedef {{kind: string, offset: number, length: number}} Entity
 * @typedef {{label: string, opens: string | null}} Button
 * @typedef {{id: number, mine: boolean, day: string, time: string, edited: boolean, text: string, entities: Entity[],
 *   buttons: Button[][], picture: string | null, document: {name: string, href: string} | null, link: boolean}} Message
 * @typedef {{control?: string, who?: number, message?: number, row?: number, column?: number}} Target
 * @typedef {{who: number, name: string, zone: string, time: string, started: boolean, blocked: boolean,
 *   commands: string[][], notifications: {text: string, silent: boolean}[], suggestions?: string[], alias?: string,
 *   can_meet?: boolean, step?: number, target?: Target | null, messages: Map<number, Message>,
 *   changed: Set<number>, whole: boolean}} Phone
 * @typedef {{clock: any, therapist: number, clients: number[], typing: number[], working: boolean,
 *   done: number, progress: string | null, has_caseload: boolean, phones: Map<number, Phone>, chosen: number}} State
 */

/** @type {State} */
export const state = {
  clock: null,
  therapist: 0,
  clients: [],
  typing: [],
  working: false,
  done: 0,
  progress: null,
  has_caseload: false,
  phones: new Map(),
  chosen: Number(location.hash.slice(1)) || 0,
};

/**
 * Take in what the server tells.
 * @param {any} news
 */
export function takeIn(news) {
  const { phones, whole, ...head } = news;
  Object.assign(state, head);
  const before = state.phones;
  state.phones = new Map();
  for (const { changed, gone, ...about } of phones) {
    const messages = (!whole && before.get(about.who)?.messages) || new Map();
    for (const id of gone) messages.delete(id);
    for (const message of changed) messages.set(message.id, message);
    const numbers = new Set(changed.map((/** @type {Message} */ message) => message.id));
    state.phones.set(about.who, { ...about, messages, changed: numbers, whole });
  }
  if (state.clients.includes(wanted)) choose(wanted);
  if (!state.clients.includes(state.chosen)) choose(state.clients[0]);
}

let wanted = 0;

/**
 * Show a client's phone as soon as there is one.
 * @param {number} who
 */
export function chooseSoon(who) {
  if (state.clients.includes(who)) choose(who);
  else wanted = who;
}

/**
 * Show another client's phone; it stays chosen when the page is loaded again.
 * @param {number} who
 */
export function choose(who) {
  state.chosen = who;
  wanted = 0;
  history.replaceState(null, "", `#${who}`);
}

/** @returns {Phone} */
export function client() {
  return /** @type {Phone} */ (state.phones.get(state.chosen));
}

/** @returns {Phone} */
export function therapist() {
  return /** @type {Phone} */ (state.phones.get(state.therapist));
}
