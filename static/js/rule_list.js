/* The list of rules: its search, and its order by keys, arrows and dragging. Without this file the arrows and the search are plain forms.

   A row moves at once; what it was put beside is posted one move after the other, sent on even when the page is left, and the answered page is
   applied at the end. Until somebody moves it no row moves: dragging shows only where the row would come to stand.
   [data-rule] rows with [data-grip] and [data-place]; #order-said is told each new place; [data-rules-find] is the search. */
import { post, token } from "./forms.js";
import { applyPage, refetch } from "./regions.js";
import { toast } from "./toasts.js";

const START_PX = 4; // of a press that is no drag yet
const EDGE_PX = 56; // near the edge of the screen the list scrolls
const SCROLL_PX = 14; // a frame

const list = () => document.getElementById("rules-list");
const rowsOf = () => [...(list()?.querySelectorAll("[data-rule]") ?? [])];
const shown = () => rowsOf().filter((row) => !row.hidden);

/* ---- order ---- */
const unsent = new Map(); // rule id -> {before} or {after}
let sending = false;
let lastPage = "";

/** Put `row` above `before` or below `after` (rows), say its place, and tell the server. */
function place(row, { before = null, after = null }) {
  const beside = before ?? after;
  if (!beside || beside === row) return;
  const at = document.activeElement;
  const held = row.contains(at) ? at : null;
  if (before) before.before(row);
  else after.after(row);
  held?.focus({ preventScroll: true });
  const every = rowsOf();
  every.forEach((one, index) => { one.querySelector("[data-place]").textContent = index + 1; });
  const number = every.indexOf(row) + 1;
  const above = every[number - 2];
  document.getElementById("order-said").textContent = `${row.dataset.name}: ${number} of ${every.length}, ${above ? `below ${above.dataset.name}` : "the first"}`;
  unsent.delete(row.dataset.rule); // the last place of a rule is the one that counts, in the order in which rules were let go
  unsent.set(row.dataset.rule, before ? { before: before.dataset.rule } : { after: after.dataset.rule });
  send();
}

async function send() {
  if (sending) return;
  sending = true;
  while (unsent.size) {
    const [rule, where] = unsent.entries().next().value;
    unsent.delete(rule);
    const answer = await post(`/rules/rule/${encodeURIComponent(rule)}/place`, where, { keepalive: true }); // also when the page is left just now
    if (answer.ok) { lastPage = answer.text; continue; }
    unsent.clear();
    lastPage = "";
    toast(answer.detail, { tone: "bad" });
    await refetch();
  }
  sending = false;
  if (lastPage) keepingFocus(() => applyPage(lastPage));
  lastPage = "";
}

/** The page was left in the middle: what was not sent yet goes all the same. */
function sendOn() {
  for (const [rule, where] of unsent) {
    fetch(`/rules/rule/${encodeURIComponent(rule)}/place`, { method: "POST", body: new URLSearchParams({ ...where, csrf: token() }), keepalive: true, redirect: "manual", headers: { "X-CSRF-Token": token() } });
  }
  unsent.clear();
}

function keepingFocus(deed) {
  const at = document.activeElement;
  const row = at?.closest("[data-rule]");
  const which = row && [...row.querySelectorAll("a, button")].indexOf(at);
  deed();
  if (row && document.activeElement !== at) [...(document.getElementById(row.id)?.querySelectorAll("a, button") ?? [])][which]?.focus({ preventScroll: true });
}

/** One place up or down among the rows that are shown; the row stays where the eye and the pointer have it, as far as the page scrolls. */
function step(row, by) {
  const rows = shown();
  const next = rows[rows.indexOf(row) + by];
  if (!next) return;
  const top = row.getBoundingClientRect().top;
  place(row, by < 0 ? { before: next } : { after: next });
  scrollerOf(row).scrollBy(0, row.getBoundingClientRect().top - top);
}

function scrollerOf(el) {
  for (let box = el.parentElement; box; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return document.scrollingElement;
}

function press(event) {
  const row = event.target.closest?.("[data-rule]");
  if (!row?.querySelector("[data-grip]")) return;
  const grip = event.target.closest("[data-grip]");
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (by && (event.altKey || grip)) {
    event.preventDefault();
    if (!drag) step(row, by);
  } else if (grip && (event.key === "Home" || event.key === "End")) {
    event.preventDefault();
    const rows = shown();
    place(row, event.key === "Home" ? { before: rows[0] } : { after: rows.at(-1) });
    row.scrollIntoView({ block: "nearest" });
  }
}

/* ---- dragging ---- */
let drag = null; // {row, grip, pointer, startY, y, moving, target, line, ghost, frame}

function take(event) {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button !== 0 || drag) return;
  drag = { row: grip.closest("[data-rule]"), grip, pointer: event.pointerId, startY: event.clientY, y: event.clientY, moving: false };
  grip.setPointerCapture(event.pointerId);
}

function pull(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  drag.y = event.clientY;
  drag.x = event.clientX;
  if (!drag.moving && Math.abs(drag.y - drag.startY) > START_PX) begin();
  if (drag.moving) event.preventDefault();
}

function begin() {
  drag.moving = true;
  drag.row.dataset.localDragged = "";
  drag.line = document.body.appendChild(Object.assign(document.createElement("div"), { className: "rule-drop" }));
  drag.ghost = document.body.appendChild(Object.assign(document.createElement("div"), { className: "rule-ghost", textContent: drag.row.dataset.name }));
  drag.scroller = scrollerOf(drag.row);
  document.documentElement.dataset.dragging = "";
  follow();
}

/** Each frame: scroll near the edges, and show where the row would stand. */
function follow() {
  if (!drag?.moving) return;
  const { y } = drag;
  if (y < EDGE_PX + 48) drag.scroller.scrollBy(0, -SCROLL_PX);
  else if (y > innerHeight - EDGE_PX) drag.scroller.scrollBy(0, SCROLL_PX);
  drag.target = aim(y);
  const box = list().getBoundingClientRect();
  const { before, after } = drag.target;
  const edge = before ? before.getBoundingClientRect().top : after.getBoundingClientRect().bottom;
  Object.assign(drag.line.style, { top: `${edge - 1.5}px`, left: `${box.left}px`, width: `${box.width}px` });
  Object.assign(drag.ghost.style, { top: `${y + 10}px`, left: `${Math.max(8, Math.min(drag.x + 12, innerWidth - drag.ghost.offsetWidth - 8))}px` });
  drag.frame = requestAnimationFrame(follow);
}

/** The row above or below which the pointer is, the dragged one included: there nothing would change. */
function aim(y) {
  const rows = shown();
  const on = rows.find((row) => y < row.getBoundingClientRect().bottom) ?? rows.at(-1);
  const { top, height } = on.getBoundingClientRect();
  return y < top + height / 2 ? { before: on } : { after: on };
}

function drop(event) {
  if (!drag || (event.pointerId !== undefined && event.pointerId !== drag.pointer)) return;
  const { row, moving, target } = drag;
  letGo();
  if (moving && target && event.type === "pointerup") {
    place(row, target);
    row.querySelector("[data-grip]").focus({ preventScroll: true });
  }
}

function letGo() {
  cancelAnimationFrame(drag.frame);
  drag.line?.remove();
  drag.ghost?.remove();
  delete drag.row.dataset.localDragged;
  delete document.documentElement.dataset.dragging;
  drag = null;
}

/* ---- search ---- */
const fits = (row, words, by) => words.every((word) => row.dataset.find.includes(word)) && (!by.queue || row.dataset.queue === by.queue) &&
  (!by.on || row.dataset.on.split(" ").includes(by.on)) && (!by.does || row.dataset.does.split(" ").includes(by.does));

function find() {
  const form = document.querySelector("[data-rules-find]");
  if (!form || !list()) return;
  const asked = new FormData(form);
  const by = Object.fromEntries(asked);
  const words = by.q.toLowerCase().split(/\s+/).filter(Boolean);
  const anything = words.length > 0 || Boolean(by.queue || by.on || by.does);
  let count = 0;
  let heading = null;
  for (const el of list().children) {
    if (el.matches("[data-rules-heading]")) { heading = el; el.hidden = true; continue; }
    if (!el.matches("[data-rule]")) continue;
    el.hidden = !fits(el, words, by);
    if (el.hidden) continue;
    count += 1;
    if (heading) heading.hidden = false;
  }
  const every = rowsOf().length;
  const none = list().querySelector("[data-rules-none]");
  if (none) none.hidden = count > 0;
  form.querySelector("[data-find-all]").hidden = !anything;
  const said = form.querySelector("[data-find-count]");
  const text = anything ? `${count} of ${every} rules` : `${every} ${every === 1 ? "rule" : "rules"}`;
  if (said.textContent !== text) said.textContent = text;
  const query = new URLSearchParams([...asked].filter(([, value]) => value)).toString();
  const here = `${location.pathname}${query ? `?${query}` : ""}${location.hash}`;
  if (here !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", here);
}

function showAll(event) {
  event.preventDefault();
  const form = event.target.closest("[data-rules-find]");
  for (const field of form.querySelectorAll("input, select")) field.value = "";
  find();
  form.querySelector("[data-search]").focus();
}

export function startRuleList() {
  if (!list()) return;
  document.addEventListener("keydown", press);
  document.addEventListener("keydown", (event) => { if (drag && event.key === "Escape") { event.preventDefault(); event.stopPropagation(); letGo(); } }, true);
  document.addEventListener("pointerdown", take);
  document.addEventListener("pointermove", pull);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, drop);
  addEventListener("pagehide", sendOn);
  document.addEventListener("click", (event) => {
    const arrow = event.target.closest(".rule-arrow");
    if (arrow) {
      event.preventDefault();
      step(arrow.closest("[data-rule]"), arrow.value === "up" ? -1 : 1);
    } else if (event.target.closest("[data-find-all]")) showAll(event);
  });
  document.addEventListener("input", (event) => { if (event.target.closest("[data-rules-find]")) find(); });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-rules-find]")) { event.preventDefault(); find(); } }, true);
  document.addEventListener("desk:changed", (event) => { if (event.detail.root?.contains?.(list())) find(); });
  find();
}
