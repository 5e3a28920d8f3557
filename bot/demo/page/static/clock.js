// The clock that somebody turns.

import { ask } from "./asking.js";
import { byId, fill, make } from "./dom.js";
import { client, state } from "./state.js";
import { all, say } from "./words.js";

const HOUR = 3_600_000;

/** Make the controls work. */
export function buildClock() {
  byId("turns").setAttribute("aria-label", say("turn_clock"));
  byId("slider").addEventListener("input", showSlider);
  byId("slider-turn").addEventListener("click", () => ask("turns", { hours: Number(byId("slider").value) }));
  const presets = Object.entries(all("presets")).map(([to, label]) =>
    make(
      "button",
      { type: "button", dir: "auto", data: { control: to }, on: { click: () => ask("turns", { to }) } },
      String(label),
    ),
  );
  const sessionEnds = make("button", {
    type: "button",
    id: "session-ends",
    data: { control: "session_ends" },
    on: { click: () => ask("session_ends", { who: client().who }) },
  });
  fill(byId("turns"), sessionEnds, ...presets);
}

/** Show the time, and what the clock can be turned to. */
export function showClock() {
  const { clock } = state;
  byId("now").dateTime = clock.now;
  byId("now-hour").textContent = clock.hour;
  byId("now-day").textContent = clock.day;
  byId("session-ends").textContent = say("session_ends_with", { name: client().name });
  byId("session-ends").title = client().can_meet ? "" : say("not_yet", { name: client().name });
  for (const { to, title } of clock.presets) {
    const button = byId("turns").querySelector(`[data-control="${to}"]`);
    if (button) button.title = title;
  }
  for (const button of byId("turns").querySelectorAll("button"))
    button.setAttribute("aria-disabled", String(state.working));
  showSlider();
}

function showSlider() {
  if (!state.clock) return;
  const hours = Number(byId("slider").value);
  const moment = new Date(new Date(state.clock.now).getTime() + hours * HOUR);
  const format = new Intl.DateTimeFormat(`${document.documentElement.lang}-GB`, {
    timeZone: state.clock.zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  const words = say("slider_value", { hours, moment: format.format(moment) });
  byId("slider-value").textContent = words;
  byId("slider").setAttribute("aria-valuetext", words);
}
