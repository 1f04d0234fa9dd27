/* Regions: where pushed html may go. Three rules (docs: screens): the list is never reordered by itself, the thread only grows, the composer is
   never touched. Morphing is htmx's, so focus, ticks, carets and scroll survive. What the browser itself adds to an element is kept in
   data-local-* attributes, which morphing ignores (htmx-config in base.html). */
import { say } from "./announce.js";

const LIST_BOUND = 50; // rows drawn at once; the rest is paged by the server
const IDLE_MS = 3_000;
const TAIL_PX = 80;

// One Trusted Types policy for htmx and for us, so that the CSP may require them. What goes through it is html of our own server.
const policy = window.trustedTypes?.createPolicy("earshot", { createHTML: (s) => s, createScript: () => "" }) ?? { createHTML: (s) => s, createScript: () => "" };
window.htmx?.registerExtension("earshot", { init: (api) => api.initSecurity(policy) });

/** A document from html text; scripts in it do not run. */
export function parse(html) {
  return new DOMParser().parseFromString(policy.createHTML(html), "text/html");
}

function changed(root) {
  document.dispatchEvent(new CustomEvent("desk:changed", { detail: { root } }));
}

/** Morph `el` into `html` (the whole element); returns the element now standing. */
export function morph(el, html, style = "outerMorph") {
  const { id } = el;
  const parent = el.parentElement;
  if (window.htmx) window.htmx.swap({ text: html.trim(), target: el, sourceElement: el, swap: style });
  else el.replaceWith(parse(html).body.firstElementChild);
  const now = (id && document.getElementById(id)) || el;
  changed(now.parentElement ?? parent ?? document);
  return now;
}

/* ---- list ---- */
const news = new Map(); // row id -> band, for rows that wait behind the pill
let unsure = false;
let refreshTimer = 0;
let refreshedAt = -Infinity;
let spreadMs = 1_000;
let hoveredAt = -IDLE_MS;

function showPill() {
  const pill = document.getElementById("pill");
  if (!pill) return;
  const urgent = [...news.values()].filter((band) => band === "urgent").length;
  pill.hidden = news.size === 0;
  pill.toggleAttribute("data-urgent", urgent > 0);
  pill.querySelector("[data-pill-text]").textContent = `${news.size} new${urgent ? ` · ${urgent} urgent` : ""}`;
}

function listIsIdle(list) {
  const scroller = list.closest("[data-scroller]") ?? document.scrollingElement;
  return scroller.scrollTop < 4 && !list.contains(document.activeElement) && !list.querySelector(":checked") &&
    performance.now() - hoveredAt > IDLE_MS && document.visibilityState === "visible";
}

function row({ id, html, in_view: inView, left_because: because, band, by }) {
  const el = document.getElementById(id);
  if (!el) {
    if (!inView) return news.delete(id);
    const urgent = band === "urgent" || /data-band="urgent"/.test(html ?? "");
    if (urgent && by && !news.has(id)) say(`Urgent: ${by}`);
    news.set(id, urgent ? "urgent" : "");
  } else if (!inView) dim(el, because || "no longer in this view");
  else if (html) dim(morph(el, html), null);
  else unsure = true; // told as new, and yet it stands here: the list was fetched in between
}

function dim(el, because) {
  el.querySelector(".row-left")?.remove();
  if (!because) return delete el.dataset.localLeft;
  el.dataset.localLeft = "";
  const note = document.createElement("p");
  note.className = "row-left";
  note.textContent = because;
  el.append(note);
}

/** How many others there are, as time over which what all do by themselves is to be spread. */
export function spreadOver(ms) {
  spreadMs = ms;
}

/** An unused list takes its new rows by itself, not at every piece of news and not in step with a thousand others. */
function refreshSoon() {
  if (refreshTimer) return;
  const over = spreadMs > 1_000 ? 3 * spreadMs : spreadMs;
  const wait = Math.max(0, refreshedAt + over / 2 - performance.now()) + Math.random() * over;
  refreshTimer = setTimeout(() => {
    refreshTimer = 0;
    const list = document.getElementById("list");
    if (news.size && list && listIsIdle(list)) refreshList();
  }, wait);
}

/** Fetch the list afresh and morph it in: the pill's deed, or its own when nobody is using the list. */
export async function refreshList() {
  const list = document.getElementById("list");
  if (!list) return;
  const answer = await fetch(location.href, { cache: "no-store", headers: { "HX-Request": "true", "HX-Target": "div#list", Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = parse(await answer.text()).getElementById("list");
  if (!fresh) return;
  for (const el of list.querySelectorAll("[data-local-left]")) dim(el, null);
  const seen = news.size;
  refreshedAt = performance.now();
  news.clear();
  morph(list, fresh.outerHTML);
  showPill();
  if (seen) say(`${seen} new shown`);
}

/* ---- thread ---- */
function atTail(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < TAIL_PX;
}

function append(html) {
  const el = parse(html).body.querySelector("[data-into]") ?? parse(`<ul>${html}</ul>`).querySelector("[data-into]");
  const box = el && document.getElementById(el.dataset.into);
  if (!box || box.dataset.region !== "append") return;
  const scroller = box.closest("[data-scroller]") ?? document.scrollingElement;
  const follow = box.id === "thread" && atTail(scroller); // of a talk the end is read, of a list its rows must stay where they are
  box.append(document.adoptNode(el));
  window.htmx?.process(el);
  changed(box);
  if (follow) scroller.scrollTop = scroller.scrollHeight;
}

/* ---- any region ---- */
/** Apply one pushed region {id, html, in_view?, left_because?}. */
export function apply(region) {
  if (region.id.startsWith("row-") && document.getElementById("list")) return row(region);
  const el = document.getElementById(region.id);
  if (!region.html) return;
  if (!el) return append(region.html);
  if (el.dataset.region === "fixed" || el.closest('[data-region="fixed"] form')) return;
  const keepTail = el.closest("#thread")?.closest("[data-scroller]");
  const follow = keepTail && atTail(keepTail);
  morph(el, region.html);
  if (follow) keepTail.scrollTop = keepTail.scrollHeight;
}

/* What the reader may do on this case, whether it is held, and what its menus show of it: menus and composer hang on it and are no regions. */
function standing() {
  const head = document.getElementById("case-head");
  return head && `${head.dataset.can} ${head.dataset.hold} ${head.dataset.menus}`;
}

/** Apply a patch frame, then let an unused list take its new rows by itself; a case whose rights or menus changed is fetched once more. */
export function applyPatch(frame) {
  const before = standing();
  for (const region of frame.regions ?? []) apply(region);
  if (before !== standing() || unsure) refetch();
  unsure = false;
  if (news.size) {
    const list = document.getElementById("list");
    if (list && listIsIdle(list)) refreshSoon();
  }
  showPill();
  document.dispatchEvent(new CustomEvent("desk:patch", { detail: frame }));
}

/* A menu is taken as it is now, unless somebody is in it: then when they leave it. What was typed into one stays. */
function takeMenu(fresh) {
  const here = document.getElementById(fresh.id);
  if (!here) document.body.append(document.adoptNode(fresh));
  else if (here.matches(":popover-open")) here.ontoggle = (event) => event.newState === "closed" && refetch();
  else if (![...here.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue)) here.replaceWith(document.adoptNode(fresh));
}

/** Apply the regions of a whole page to this one; typed text and open menus stay. `own`: it answers the reader's own deed. */
export function applyPage(html, own = true) {
  const doc = parse(html);
  for (const fresh of doc.querySelectorAll("[data-region]")) {
    const kind = fresh.dataset.region;
    const el = document.getElementById(fresh.id);
    if (!el || kind === "fixed") continue;
    if (kind === "replace") apply({ id: fresh.id, html: fresh.outerHTML });
    else if (kind === "append") for (const item of fresh.children) apply({ id: item.id, html: item.outerHTML });
    else if (kind === "list") refreshRows(el, fresh);
  }
  for (const menu of doc.querySelectorAll("[popover][id]")) takeMenu(menu);
  const [mine, theirs] = [document.getElementById("composer"), doc.getElementById("composer")];
  // The right to answer came or went (a claim, a hold): only then the composer changes; what is written in it stays as it is.
  if (mine && theirs && mine.dataset.shape !== theirs.dataset.shape) {
    if (!mine.querySelector("textarea")?.value) morph(mine, theirs.outerHTML);
    else for (const way of mine.querySelectorAll('input[name="visibility"]')) way.disabled = theirs.querySelector(`input[name="visibility"][value="${way.value}"]`)?.disabled ?? true;
  }
  const [flash, said] = [document.getElementById("flash"), doc.getElementById("flash")];
  if (flash && said) morph(flash, said.outerHTML);
  document.dispatchEvent(new CustomEvent("desk:page", { detail: { doc, own } }));
}

function refreshRows(list, fresh) {
  for (const el of list.querySelectorAll("[id^=row-]")) {
    const now = fresh.querySelector(`#${CSS.escape(el.id)}`);
    if (now) dim(morph(el, now.outerHTML), null);
    else if (!("localLeft" in el.dataset)) dim(el, "no longer in this view");
  }
  for (const el of [...fresh.querySelectorAll("[id^=row-]")].slice(0, LIST_BOUND)) if (!document.getElementById(el.id)) news.set(el.id, el.dataset.band);
  showPill();
}

/** The page's own address again, applied region by region. */
export async function refetch() {
  const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
  if (answer.ok && new URL(answer.url).pathname === location.pathname) applyPage(await answer.text(), false);
  else if (answer.ok) location.reload();
}

export function startRegions() {
  document.addEventListener("pointermove", (event) => { if (event.target.closest?.("#list")) hoveredAt = performance.now(); }, { passive: true });
  document.addEventListener("click", (event) => { if (event.target.closest("#pill")) refreshList(); });
  const scroller = document.getElementById("thread")?.closest("[data-scroller]");
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}
