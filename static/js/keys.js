/* The keyboard. The defaults are read from the sheet (dialogs.html), changes and the off switch are kept in this browser. A single letter never acts
   inside a field, in an open dialog, or within 400 ms after focus left a field by itself, so that half a word typed into nothing closes no case. */
import { compose, send } from "./composer.js";
import { bulk, eachCase, tickTo } from "./inbox.js";

const GUARD_MS = 400;
const GO_MS = 1_500;
const STORE = "earshot.keys";
const FIELD = 'input:not([type="checkbox"]):not([type="radio"]):not([type="button"]):not([type="submit"]), textarea, select, [contenteditable="true"]';
const ROW = "#list .row, [data-row]";

let byKey = new Map();
let on = true;
let typedAt = -GUARD_MS;
let goUntil = 0;

const isField = (el) => Boolean(el?.matches?.(FIELD));
const visible = (el) => el && !el.disabled && el.checkVisibility();

function load() {
  let stored = {};
  try { stored = JSON.parse(localStorage.getItem(STORE)) ?? {}; } catch { stored = {}; }
  on = stored.on !== false;
  byKey = new Map();
  for (const input of document.querySelectorAll("[data-key-action]")) {
    const key = stored.keys?.[input.dataset.keyAction] ?? input.dataset.default;
    input.value = key;
    if (key) byKey.set(key, input.dataset.keyAction);
    for (const hint of document.querySelectorAll(`[data-key-for="${input.dataset.keyAction}"]`)) {
      hint.textContent = key;
      hint.hidden = !on || !key;
    }
  }
  const box = document.getElementById("keys-on");
  if (box) box.checked = on;
}

function store() {
  const keys = {};
  for (const input of document.querySelectorAll("[data-key-action]")) if (input.value !== input.dataset.default) keys[input.dataset.keyAction] = input.value;
  localStorage.setItem(STORE, JSON.stringify({ on: document.getElementById("keys-on").checked, keys }));
  load();
}

/* ---- rows ---- */
let last = null; // id of the row that had the cursor, for when focus is elsewhere

function current() {
  return document.activeElement?.closest(ROW) ?? (last && document.getElementById(last));
}

function move(step) {
  const rows = [...document.querySelectorAll(ROW)];
  if (!rows.length) return scrollThread(step);
  const at = rows.indexOf(current());
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  (row.querySelector(".row-link") ?? row.querySelector("a, button") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function scrollThread(step) {
  document.getElementById("thread-scroll")?.scrollBy({ top: step * 120 });
}

/** Of ticked rows the plan opens; the row that has the cursor alone is done at once. */
function onRows(verb, bulkVerb, more) {
  if (bulk(bulkVerb, more)) return true;
  const id = current()?.dataset.case;
  if (id) eachCase(verb, [id]);
  return Boolean(id);
}

/* ---- actions ---- */
const inInbox = () => document.getElementById("list") !== null;
const special = {
  next: () => move(1),
  previous: () => move(-1),
  reply: () => compose("reply"),
  note: () => compose("note"),
  tick: () => current()?.querySelector('input[name="case"]')?.click(),
  take: () => inInbox() && onRows("claim", "assign", { person: "me" }),
  done: () => inInbox() && onRows("close", "close"),
  search: () => focusField([...document.querySelectorAll("[data-search]")].find(visible) ?? document.getElementById("q")), // a list's own search first
  sheet: () => document.getElementById("keys-sheet")?.showModal(),
};

function focusField(el) {
  el?.focus();
  el?.select?.();
  return Boolean(el);
}

/** Do the named action on this page; false when nothing here does it. */
export function act(name) {
  if (name in special && special[name]() !== false) return true;
  const doers = `[data-act="${CSS.escape(name)}"]`;
  const own = current()?.querySelector(doers); // of a person's row on the floor its own
  const el = visible(own) ? own : [...document.querySelectorAll(doers)].filter((one) => visible(one) && !one.closest("[data-person]")).at(-1);
  if (el) {
    el.click();
    const menu = el.getAttribute("popovertarget") && document.getElementById(el.getAttribute("popovertarget"));
    menu?.querySelector('select, input:not([type="hidden"]), textarea, button')?.focus();
    return true;
  }
  const row = inInbox() && current();
  if (row?.dataset.case && name !== "undo" && name !== "load") {
    location.assign(`/cases/${row.dataset.case}#do-${name}`); // these need the case's own menu
    return true;
  }
  return false;
}

function go(letter) {
  goUntil = 0;
  document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
}

function press(event) {
  const { key } = event;
  const field = isField(event.target);
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    if (key === "Enter" && event.target.closest?.("[data-composer]")) { event.preventDefault(); send(); }
    if (key.toLowerCase() === "k") { event.preventDefault(); const box = document.getElementById("palette"); if (box && !box.open) box.showModal(); }
    return;
  }
  if (field) {
    if (key === "Escape" && !event.target.closest("dialog, [popover]")) event.target.blur();
    if (key === "Escape" || key === "Tab") typedAt = -GUARD_MS; // left on purpose
    else typedAt = performance.now();
    return;
  }
  if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || key.length !== 1) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.("[popover]")) return;
  if (performance.now() - typedAt < GUARD_MS) return event.preventDefault();
  if (key === " ") return;
  if (performance.now() < goUntil) { event.preventDefault(); return go(key); }
  if (key === key.toUpperCase() && byKey.get(key.toLowerCase()) === "tick" && !byKey.has(key)) { // shift and the key of ticking: a range
    if (current() && tickTo(current())) event.preventDefault();
    return;
  }
  if (key === "g" && !byKey.has("g")) { goUntil = performance.now() + GO_MS; return; }
  const name = byKey.get(key);
  if (name && act(name)) event.preventDefault();
}

export function startKeys() {
  load();
  document.addEventListener("desk:changed", () => { for (const hint of document.querySelectorAll("[data-key-for]")) hint.hidden = !on; });
  document.addEventListener("keydown", press, true);
  document.addEventListener("pointerdown", () => { typedAt = -GUARD_MS; }, true);
  document.addEventListener("focusin", (event) => { last = event.target.closest?.(ROW)?.id ?? last; });
  for (const input of document.querySelectorAll("[data-key-action]")) {
    input.addEventListener("focus", () => input.select());
    input.addEventListener("change", () => {
      // Two actions cannot share a key: the later one takes it.
      for (const other of document.querySelectorAll("[data-key-action]")) if (other !== input && input.value && other.value === input.value) other.value = "";
      store();
    });
  }
  document.getElementById("keys-on")?.addEventListener("change", store);
  document.getElementById("keys-reset")?.addEventListener("click", () => { localStorage.removeItem(STORE); load(); });
  const wanted = /^#do-([a-z]+)$/.exec(location.hash)?.[1];
  if (wanted) {
    history.replaceState(null, "", location.pathname + location.search);
    act(wanted);
  }
}
