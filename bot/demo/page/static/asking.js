// Asking the server to do something. The page is at work until it also shows what came of it.

import { byId } from "./dom.js";
import { state } from "./state.js";
import { say } from "./words.js";

let open = 0;
let awaited = 0;

/** Mark the page as at work, or as at rest. */
export function showWork() {
  document.body.classList.toggle("working", state.working || open > 0 || awaited > state.done);
}

/**
 * Ask for something. What comes of it is told by the server to all pages; only a refusal is told here.
 * @param {string} name
 * @param {Record<string, unknown>} [details]
 * @returns {Promise<{clients: number[], done: number} | null>} who has a phone now; null if it was refused
 */
export async function ask(name, details = {}) {
  byId("status").textContent = "";
  open += 1;
  showWork();
  try {
    const answer = await fetch("/actions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ do: name, ...details }),
    });
    const told = await answer.json();
    if (answer.ok) awaited = told.done;
    else byId("status").textContent = told.error;
    return answer.ok ? told : null;
  } catch {
    byId("status").textContent = say("failed");
    return null;
  } finally {
    open -= 1;
    showWork();
  }
}
