// The page: it shows what the server tells, and asks for what somebody wants to do.

import { ask, showWork } from "./asking.js";
import { buildBehind, showBehind } from "./behind.js";
import { buildClock, showClock } from "./clock.js";
import { byId, fill, make } from "./dom.js";
import { PhoneView } from "./phone.js";
import { choose, chooseSoon, client, state, takeIn, therapist } from "./state.js";
import { buildTour, showTour } from "./tour.js";
import { loadWords, say } from "./words.js";

await loadWords();
const clientView = new PhoneView("client");
const therapistView = new PhoneView("therapist");
const tabs = make("div", { className: "tabs", role: "tablist", aria: { label: say("clients") } });
let lastShown = 0;
build();
listen();

function build() {
  const add = make(
    "button",
    { type: "button", className: "add", dir: "auto", on: { click: addClient } },
    `+ ${say("add_client")}`,
  );
  clientView.root.setAttribute("role", "tabpanel");
  fill(
    byId("phones"),
    make(
      "div",
      { className: "side" },
      make("div", { className: "side-head" }, make("span", { className: "side-name" }, say("client")), tabs, add),
      clientView.root,
    ),
    make(
      "div",
      { className: "side" },
      make("div", { className: "side-head" }, make("span", { className: "side-name" }, say("therapist"))),
      therapistView.root,
    ),
  );
  buildClock();
  buildTour(draw);
  buildBehind();
  byId("caseload").title = say("caseload_hint");
  byId("caseload").addEventListener("click", () => ask("plays_caseload"));
  byId("start-over").addEventListener("click", () => ask("starts_over"));
  tabs.addEventListener("keydown", onTabKey);
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("message", (event) => {
    takeIn(JSON.parse(event.data));
    if (byId("status").dataset.lost) byId("status").textContent = "";
    delete byId("status").dataset.lost;
    draw();
    unveil();
  });
  events.addEventListener("error", () => {
    unveil();
    byId("status").dataset.lost = "yes";
    byId("status").textContent = say("disconnected");
  });
}

/** Show the page: until the first news its phones are empty, and its buttons do nothing. */
function unveil() {
  document.body.removeAttribute("data-waits");
}

function draw() {
  showTabs();
  clientView.show(client());
  therapistView.show(therapist());
  showClock();
  byId("caseload").hidden = state.has_caseload;
  if (state.progress) byId("status").textContent = state.progress;
  else if (byId("status").dataset.progress) byId("status").textContent = "";
  byId("status").dataset.progress = state.progress ?? "";
  showWork();
  showTour(draw);
  showBehind();
}

function showTabs() {
  const names = state.clients.map((who) => [who, state.phones.get(who)?.name ?? ""]);
  const shown = [...tabs.children].map((tab) => tab.textContent).join("\n");
  if (shown !== names.map(([, name]) => name).join("\n")) {
    fill(
      tabs,
      ...names.map(([who, name]) =>
        make(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${who}`,
            data: { who },
            aria: { controls: clientView.root.id },
            on: { click: () => show(Number(who)) },
          },
          String(name),
        ),
      ),
    );
  }
  for (const tab of tabs.querySelectorAll("button")) {
    const chosen = Number(tab.dataset.who) === state.chosen;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) clientView.root.setAttribute("aria-labelledby", tab.id);
    if (chosen && lastShown && lastShown !== state.chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  lastShown = state.chosen;
}

/** @param {number} who */
function show(who) {
  choose(who);
  draw();
}

/** @param {KeyboardEvent} event */
function onTabKey(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -state.clients.length, End: state.clients.length }[event.key];
  if (!step) return;
  event.preventDefault();
  const forward = document.documentElement.dir === "rtl" && event.key.startsWith("Arrow") ? -step : step;
  const place = Math.min(Math.max(state.clients.indexOf(state.chosen) + forward, 0), state.clients.length - 1);
  show(state.clients[place]);
  byId(`tab-${state.clients[place]}`).focus();
}

async function addClient() {
  const answer = await ask("enters");
  if (answer) chooseSoon(/** @type {number} */ (answer.clients.at(-1)));
  draw();
}
