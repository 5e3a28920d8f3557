// Asking the server to do something.

import { byId } from "./dom.js";
import { say } from "./words.js";

/**
 * Ask for something. What comes of it is told by the server to all pages; only a refusal is told here.
 * @param {string} name
 * @param {Record<string, unknown>} [details]
 * @returns {Promise<{clients: number[]} | null>} who has a phone now; null if it was refused
 */
export async function ask(name, details = {}) {
  byId("status").textContent = "";
  try {
    const answer = await fetch("/actions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ do: name, ...details }),
    });
    const told = await answer.json();
    if (!answer.ok) byId("status").textContent = told.error;
    return answer.ok ? told : null;
  } catch {
    byId("status").textContent = say("failed");
    return null;
  }
}
