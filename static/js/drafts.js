/* Drafts: kept in this browser at each input and on the server after 0.8 s, by case and with a version. A newer draft from elsewhere is offered,
   never applied. Reply and note have a text each, so that a note for colleagues can never be sent to the customer by a change of mode. */
import { post } from "./forms.js";

const SAVE_MS = 800;
const KEEP_MS = 14 * 86_400_000; // forgotten after two weeks
const PREFIX = "earshot.draft.";

let timer = 0;
let saving = false;
let offered = null;
const texts = { reply: "", note: "" };
let kind = "reply";

const composer = () => document.querySelector("[data-composer]");
const isNote = (form) => form.querySelector('input[name="visibility"]:checked')?.dataset.mode === "note";

function state(text) {
  const el = document.getElementById("draft-state");
  if (el) el.textContent = text;
}

function keep(form) {
  const { text, draft_version: version } = form.elements;
  const key = PREFIX + form.dataset.case;
  texts[kind] = text.value;
  try {
    if (texts.reply || texts.note) localStorage.setItem(key, JSON.stringify({ texts, kind, base: Number(version.value), at: Date.now() }));
    else localStorage.removeItem(key);
  } catch { state("This browser keeps no drafts; the desk does."); }
}

function offer(draft) {
  const box = document.getElementById("draft-offer");
  const form = composer();
  if (!box || !form || draft.text === form.elements.text.value) return;
  offered = draft;
  box.hidden = false;
  box.querySelector("[data-offer-text]").textContent = `A newer draft${draft.author ? ` of ${draft.author}` : ""} is on the desk.`;
}

async function save() {
  const form = composer();
  if (!form || isNote(form)) return;
  if (saving) return void (timer = setTimeout(save, SAVE_MS));
  saving = true;
  const { text, draft_version: version } = form.elements;
  const answer = await post(form.dataset.draft, { text: text.value, version: version.value, seen_version: form.elements.seen_version.value });
  saving = false;
  if (answer.ok) {
    if (answer.problem?.version != null) version.value = answer.problem.version;
    keep(form);
    state(text.value ? `Draft saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}` : "");
  } else if (answer.status === 409 && typeof answer.problem?.text === "string") offer(answer.problem);
  else state("Draft kept in this browser only");
}

function restore(form) {
  let mine = null;
  try { mine = JSON.parse(localStorage.getItem(PREFIX + form.dataset.case)); } catch { mine = null; }
  kind = isNote(form) ? "note" : "reply";
  const { text, draft_version: version } = form.elements;
  texts[kind] = text.value;
  if (!mine?.texts || Date.now() - mine.at > KEEP_MS) return;
  const server = { text: texts.reply, version: Number(version.value), author: "" };
  if (mine.texts.reply || !server.text) texts.reply = mine.texts.reply ?? "";
  texts.note = mine.texts.note ?? "";
  text.value = texts[kind];
  if (mine.kind !== kind) form.querySelector(`input[data-mode="${mine.kind === "note" ? "note" : "reply"}"]:not(:disabled)`)?.click();
  if (server.text && server.version > mine.base) offer(server);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function changeKind(event) {
  const form = composer();
  if (!form || event.target.name !== "visibility" || event.target.form !== form) return;
  const next = isNote(form) ? "note" : "reply";
  if (next === kind) return;
  texts[kind] = form.elements.text.value;
  kind = next;
  form.elements.text.value = texts[kind];
  keep(form);
}

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    try { if (Date.now() - JSON.parse(localStorage.getItem(key)).at > KEEP_MS) localStorage.removeItem(key); } catch { localStorage.removeItem(key); }
  }
}

function choose(event) {
  const form = composer();
  const take = event.target.closest("[data-offer-take]");
  if (!offered || !form || (!take && !event.target.closest("[data-offer-drop]"))) return;
  form.elements.draft_version.value = offered.version;
  if (take) form.elements.text.value = offered.text;
  offered = null;
  document.getElementById("draft-offer").hidden = true;
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
  form.elements.text.focus();
}

export function startDrafts() {
  forgetOld();
  document.addEventListener("input", (event) => {
    const form = composer();
    if (!form || event.target !== form.elements.text) return;
    keep(form);
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_MS);
  });
  document.addEventListener("click", choose);
  document.addEventListener("change", changeKind);
  document.addEventListener("desk:posted", (event) => {
    // The text has left: its draft must not come back by a save that was waiting.
    if (event.detail.form !== composer()) return;
    clearTimeout(timer);
    texts[kind] = "";
    keep(event.detail.form);
    state("");
  });
  const form = composer();
  if (form) restore(form);
}
