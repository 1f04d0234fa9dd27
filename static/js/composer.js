/* The composer: checks while typing, one idempotency key per composed text, ticks that post at once, the undo countdown, and the version seen. */
import { post, postAndShow } from "./forms.js";
import { morph, parse } from "./regions.js";
import { toast } from "./toasts.js";

const CHECK_MS = 250;
const READ_MS = 2_000;
const SENT_KEY = "earshot.sent";
const RENEW_MS = 4 * 60_000; // a claim lapses after a quarter of an hour without a sign of life

const composer = () => document.querySelector("[data-composer]");
const mode = (form) => form.querySelector('input[name="visibility"]:checked')?.dataset.mode ?? "reply";
let checkTimer = 0;
let checkRun = 0;

/** Ask the server what stands in the way of the text as it is; the answer replaces #gate. */
async function check() {
  const form = composer();
  if (!form || mode(form) === "note" || !document.getElementById("gate")) return;
  const run = ++checkRun;
  const answer = await post(form.dataset.check, new FormData(form));
  const gate = answer.ok && run === checkRun && parse(answer.text).getElementById("gate"); // only the last question's answer counts
  if (gate) morph(document.getElementById("gate"), gate.outerHTML);
}

export function checkSoon(ms = CHECK_MS) {
  clearTimeout(checkTimer);
  checkTimer = setTimeout(check, ms);
}

/* The server judges every reply, so without this script the button may be pressed; with it, it is shut with the reason beside it. */
function shutSend() {
  const button = document.getElementById("send");
  if (button) button.disabled = "blocked" in button.dataset;
}

/* While legal holds the case an answer is a proposal; the page as it stands when it is sent decides, because a hold may come while one types. */
function proposeWhenHeld() {
  const form = composer();
  if (form?.elements.propose) form.elements.propose.value = document.getElementById("case-head")?.dataset.hold === "yes" ? "1" : "";
}

function newKey(form) {
  // A changed text is another reply; an unchanged one that is sent twice must stay one.
  form.elements.idempotency_key.value = crypto.randomUUID();
}

/** Write a reply or a note: choose it and put the caret there. */
export function compose(kind) {
  const form = composer();
  const radio = form?.querySelector(`input[data-mode="${kind}"]:not(:disabled)`);
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  form.elements.text.focus();
  return true;
}

/** Press the button that stands for the mode; a shut one is asked about once more, because the last letters may not have been judged yet. */
export async function send() {
  const form = composer();
  if (!form || !form.elements.text.value.trim()) return;
  if (mode(form) === "note") return form.requestSubmit(form.querySelector(".composer-note"));
  const shut = () => document.getElementById("send")?.disabled ?? true;
  if (shut()) {
    clearTimeout(checkTimer);
    await check();
  }
  if (!shut()) form.requestSubmit(document.getElementById("send"));
  else toast(document.getElementById("gate-why")?.textContent.trim() || "This cannot be sent yet.", { tone: "bad", ms: 6_000 });
}

const ticking = new Map(); // item -> its last press that is on its way
let ticked = Promise.resolve();

/* One after the other: a page that answers an earlier press knows nothing of a later one. */
function tick(box) {
  const { value: item, checked, dataset } = box;
  const press = Symbol(item);
  ticking.set(item, press);
  ticked = ticked.then(async () => {
    await postAndShow(dataset.tick, { item, ticked: String(checked) });
    if (ticking.get(item) === press) ticking.delete(item);
    ticksAsSaved();
    checkSoon(0);
  });
}

/* What is ticked is the server's to say. A morph leaves a box as somebody clicked it, even when their answer has gone out and taken the ticks
   with it: the next one would be sent under them. */
function ticksAsSaved() {
  for (const box of document.querySelectorAll("[data-tick]")) if (!ticking.has(box.value)) box.checked = box.defaultChecked;
}

function countDown() {
  const el = document.querySelector("[data-undo-reply]");
  if (!el) return;
  // The moment is fixed when first seen: a morph writes the server's seconds again, the clock here goes on.
  if (el.dataset.localReply !== el.dataset.undoReply) {
    el.dataset.localReply = el.dataset.undoReply;
    el.dataset.localUntil = Date.now() + Number(el.dataset.seconds) * 1000;
  }
  const left = Math.max(0, (Number(el.dataset.localUntil) - Date.now()) / 1000);
  const text = el.querySelector("[data-undo-left]");
  if (text) text.textContent = Math.ceil(left);
  const bar = el.querySelector("progress");
  if (bar) bar.value = left;
  if (left <= 0) el.parentElement.replaceChildren();
}

let versionTimer = 0;

/* The version sent with a reply is the one the agent can have read: a change that arrives just before Ctrl+Enter must still be refused as stale. */
function seeVersion() {
  clearTimeout(versionTimer);
  versionTimer = setTimeout(() => {
    const form = composer();
    const version = document.getElementById("case-head")?.dataset.version;
    if (form && version && document.visibilityState === "visible") for (const field of document.querySelectorAll('input[name="seen_version"]')) field.value = version;
  }, READ_MS);
}

function posted({ url, form }) {
  const mine = composer();
  if (!mine) return;
  if (form === mine) {
    if (mode(mine) !== "note") sessionStorage.setItem(SENT_KEY, JSON.stringify({ case: mine.dataset.case, text: mine.elements.text.value }));
    mine.elements.text.value = "";
    mine.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
    document.getElementById("case-notice").hidden = true;
  } else if (/^\/replies\/[^/]+\/cancel$/.test(url)) {
    try {
      const sent = JSON.parse(sessionStorage.getItem(SENT_KEY));
      if (sent?.case === mine.dataset.case && compose("reply") && !mine.elements.text.value) {
        mine.elements.text.value = sent.text;
        mine.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
        mine.elements.text.focus();
      }
    } catch { /* Nothing of ours is kept: the server's draft is the one. */ }
  }
}

function adoptVersion({ doc, own }) {
  const version = doc.getElementById("case-head")?.dataset.version;
  // The answer to one's own deed is seen at once; what came after a cut has to be read first.
  if (!own) seeVersion();
  else if (version) for (const field of document.querySelectorAll('input[name="seen_version"]')) field.value = version;
  checkSoon();
}

/* Reading a long thread is work too: an open page in front of somebody keeps their claim. The server ignores it for a case that is not theirs. */
function renewClaim() {
  const form = composer();
  if (form?.querySelector(".composer-note") && document.visibilityState === "visible") post(`/cases/${form.dataset.case}/renew`, {});
}

export function startComposer() {
  document.addEventListener("desk:changed", proposeWhenHeld);
  const form = composer();
  if (form) newKey(form);
  shutSend();
  document.addEventListener("desk:changed", shutSend);
  document.addEventListener("desk:changed", ticksAsSaved);
  document.addEventListener("input", (event) => {
    const mine = composer();
    if (!mine || event.target.form !== mine || event.target.matches("[data-tick]")) return;
    newKey(mine);
    checkSoon();
  });
  document.addEventListener("change", (event) => event.target.matches("[data-tick]") && tick(event.target));
  document.addEventListener("desk:posted", (event) => posted(event.detail));
  document.addEventListener("desk:page", (event) => adoptVersion(event.detail));
  document.addEventListener("desk:patch", (event) => {
    const ids = (event.detail.regions ?? []).map((region) => region.id);
    if (ids.some((id) => id === "case-head" || id === "checklist" || id === "matter")) checkSoon();
    if (ids.includes("case-head")) seeVersion();
  });
  setInterval(countDown, 250);
  renewClaim(); // a case that the desk gave is picked up by being opened
  setInterval(renewClaim, RENEW_MS);
}
