/* Short sayings at the foot of the page: what was done, with its undo for eight seconds, and what was refused, until it is closed.
   An undo survives going to another page, because Done and Next best leave the one it was pressed on. */
import { say } from "./announce.js";

const UNDO_MS = 8_000;
const STAY_MS = 5_000;
const UNDO_KEY = "earshot.undo";
const CARRY_KEY = "earshot.carry";

/** Show `text`; a refusal (tone "bad") stays until closed. Returns the element. */
export function toast(text, { tone = "", ms = tone === "bad" ? 0 : STAY_MS, button = null, more = null } = {}) {
  const box = document.getElementById("toasts");
  const el = document.createElement("div");
  el.className = `toast${tone ? ` toast-${tone}` : ""}`;
  const words = document.createElement("span");
  words.textContent = text;
  el.append(words);
  if (more) el.append(Object.assign(document.createElement("a"), { href: more.url, textContent: more.text }));
  if (button) el.append(button);
  if (!ms) {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button button-small button-ghost";
    close.textContent = "Close";
    close.addEventListener("click", () => el.remove());
    el.append(close);
  }
  for (const old of [...box.children].slice(0, -2)) old.remove(); // at most three stand at once
  box.append(el);
  say(text);
  if (ms) setTimeout(() => el.remove(), ms);
  return el;
}

/** Offer to take back what was just done by posting to `url`; `more` {text, url} leads to what became of it. */
export function offerUndo(text, url, until = Date.now() + UNDO_MS, more = null) {
  sessionStorage.setItem(UNDO_KEY, JSON.stringify({ text, url, until, more }));
  document.querySelector("#toasts .toast-undo")?.remove();
  const button = document.createElement("button");
  button.className = "button button-small";
  button.type = "submit";
  button.dataset.act = "undo";
  button.setAttribute("form", "act");
  button.setAttribute("formaction", url);
  button.setAttribute("formmethod", "post");
  button.textContent = "Undo ";
  const key = document.createElement("kbd");
  key.dataset.keyFor = "undo";
  key.textContent = "z";
  button.append(key);
  const el = toast(text, { ms: until - Date.now(), button, more });
  el.classList.add("toast-undo");
  button.addEventListener("click", () => { sessionStorage.removeItem(UNDO_KEY); setTimeout(() => el.remove()); });
}

/** Keep `text` for the page we are about to open. */
export function carry(text) {
  if (text) sessionStorage.setItem(CARRY_KEY, text);
}

export function startToasts() {
  const text = sessionStorage.getItem(CARRY_KEY);
  sessionStorage.removeItem(CARRY_KEY);
  if (text) toast(text);
  try {
    const undo = JSON.parse(sessionStorage.getItem(UNDO_KEY));
    if (undo && undo.until - Date.now() > 500) offerUndo(undo.text, undo.url, undo.until, undo.more);
    else sessionStorage.removeItem(UNDO_KEY);
  } catch { sessionStorage.removeItem(UNDO_KEY); }
}
