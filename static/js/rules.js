/* The editors of one rule. Without this file every button is a form that comes back to its page; with it the form changes its shape in place, keeps
   what is typed, says at once what the rule would do, and leads to what is wrong.

   form[data-rule-form]: buttons named "do" other than save and view, and [data-reshape] selects, post and morph #rule-form from the answered page;
   after a pause in typing all is kept on the server and #rule-live (or the YAML's faults) is taken from the answer. What was typed while an answer
   was under way stays. [data-yaml]: line numbers follow the text; a[data-line] selects a line. The list is in rule_list.js. */
import { post } from "./forms.js";
import { morph, parse } from "./regions.js";
import { toast } from "./toasts.js";

const KEEP_MS = 700;
let waiting = 0;
let sending = Promise.resolve();

const formIn = () => document.querySelector("form[data-rule-form]");

/* ---- the form ---- */
/** Post the form with this verb, one after the other; `apply` gets the answered page. */
function send(form, verb, apply) {
  clearTimeout(waiting);
  sending = sending.then(async () => {
    const data = new FormData(form);
    const sent = values(form);
    data.set("do", verb);
    const answer = await post(form.action, data);
    if (!answer.ok) return refused(form, answer, verb);
    const doc = parse(answer.text);
    if (!doc.getElementById("rule-form")) return; // signed out meanwhile, or another page: nothing here is touched
    apply(doc, sent, answer);
    said(form, `What you type is kept, ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
  });
  return sending;
}

function refused(form, answer, verb) {
  said(form, answer.detail);
  if (!verb.startsWith("keep")) toast(answer.detail, { tone: "bad" });
}

function said(form, text) {
  const note = form.querySelector("[data-kept]");
  if (note) note.textContent = text;
}

function reshape(form, verb) {
  return send(form, verb, (doc, sent, answer) => {
    const { id: at, name } = document.activeElement ?? {};
    const now = values(form);
    const opened = [...form.querySelectorAll("details")].map((one) => one.open);
    const fresh = doc.getElementById("rule-form");
    morph(document.getElementById("rule-form"), fresh.outerHTML);
    const foldedNow = form.querySelectorAll("details");
    if (foldedNow.length === opened.length && verb !== "queue:new") foldedNow.forEach((one, index) => { one.open ||= opened[index]; });
    settle(form, fresh, typedSince(sent, now, !verb.startsWith("keep"))); // a condition may have another number now
    const where = new URL(answer.url).hash.slice(1);
    const next = verb.startsWith("test:") || verb.startsWith("group:") ? lastField(where)
      : verb === "queue:new" ? document.getElementById("queue")
        : (at && document.getElementById(at)) || (name && document.querySelector(`[name="${CSS.escape(name)}"]`)) || document.querySelector(".suggest");
    if (document.activeElement !== next) next?.focus();
  });
}

const controls = (form) => [...form.querySelectorAll("input[name]:not([type='hidden']), select[name], textarea[name]")];
const keyOf = (el) => `${el.name}|${el.type === "checkbox" ? el.value : ""}`;
const stateOf = (el) => (el.type === "checkbox" ? el.checked : el.value);
const values = (form) => new Map(controls(form).map((el) => [keyOf(el), stateOf(el)]));
const typedSince = (sent, now, renumbered) => new Map([...now].filter(([key, value]) => sent.has(key) && sent.get(key) !== value && !(renumbered && key.startsWith("w."))));

/** Morphing sets attributes; what a control holds is a property of its own once somebody touched it. */
function settle(form, fresh, typed) {
  const wanted = new Map(controls(fresh).map((el) => [keyOf(el), stateOf(el)]));
  for (const el of controls(form)) {
    const value = typed.get(keyOf(el)) ?? wanted.get(keyOf(el));
    if (value === undefined || stateOf(el) === value) continue;
    if (el.type === "checkbox") el.checked = value;
    else el.value = value;
  }
}

function lastField(path) {
  const group = document.getElementById(path || "w");
  return [...(group?.querySelectorAll("select[name$='.field']") ?? [])].at(-1);
}

function keepLater(form) {
  clearTimeout(waiting);
  waiting = setTimeout(() => keep(form), KEEP_MS);
}

function keep(form) {
  return send(form, "keep:w", (doc) => {
    for (const id of ["rule-live", "chips", "rule-faults"]) {
      const [here, fresh] = [document.getElementById(id), doc.getElementById(id)];
      if (here && fresh && here.outerHTML !== fresh.outerHTML) morph(here, fresh.outerHTML);
    }
    const [mine, theirs] = [document.getElementById("name"), doc.getElementById("name")];
    if (mine && theirs) mine.placeholder = theirs.placeholder;
    markLines(doc);
  });
}

function submitted(event) {
  const form = event.target;
  if (!form.matches("form[data-rule-form]")) return;
  clearTimeout(waiting);
  const verb = event.submitter?.value ?? "save";
  if (verb === "save" || verb.startsWith("view:")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  reshape(form, verb);
}

/** Enter in a field says what is typed so far, or presses the field's own button; it never saves half a rule. Ctrl+Enter saves. */
function entered(event) {
  const form = event.target.closest?.("form[data-rule-form]");
  if (!form || event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".form-foot [value='save']"));
  } else if (event.target.matches("input:not([type='checkbox'])")) {
    event.preventDefault();
    const button = document.getElementById(event.target.dataset.enter ?? "");
    if (button) button.click();
    else keep(form);
  }
}

/** Who touches the step of "nobody has answered" wants it. */
function meant(event) {
  if (event.target.name?.startsWith("later.")) document.getElementById("later").checked = true;
}

/* ---- yaml ---- */
function number(box) {
  const text = box.querySelector("textarea");
  const list = box.querySelector(".yaml-lines");
  const lines = text.value.split("\n").length;
  text.rows = lines;
  while (list.children.length > lines) list.lastChild.remove();
  while (list.children.length < lines) list.append(Object.assign(document.createElement("li"), { id: `L${list.children.length + 1}` }));
}

function markLines(doc) {
  for (const line of document.querySelectorAll(".yaml-lines li")) line.className = doc.getElementById(line.id)?.className ?? "";
  const [mine, theirs] = [document.querySelector("[data-yaml] textarea"), doc.querySelector("[data-yaml] textarea")];
  if (mine && theirs) mine.ariaInvalid = theirs.getAttribute("aria-invalid") ?? "false";
}

function selectLine(line) {
  const text = document.querySelector("[data-yaml] textarea");
  const gutter = document.getElementById(`L${line}`);
  if (!text || !gutter) return false;
  const lines = text.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  gutter.scrollIntoView({ block: "center" });
  text.focus({ preventScroll: true });
  text.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  return true;
}

/** A refused save leads to what is wrong: the line, or the field. */
function leadToFault() {
  const wanted = /^#L(\d{1,6})$/.exec(location.hash)?.[1];
  if (wanted) return selectLine(Number(wanted));
  if (!document.querySelector("[data-refused]")) return false;
  const line = document.querySelector("#rule-faults a[data-line]");
  if (line) return selectLine(Number(line.dataset.line));
  const field = document.querySelector("[data-rule-form] [aria-invalid='true']");
  for (let box = field?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  field?.focus();
  return Boolean(field);
}

export function startRules() {
  if (!document.querySelector("[data-yaml], [data-rule-form]")) return;
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", entered);
  document.addEventListener("change", (event) => {
    meant(event);
    const form = formIn();
    if (form && event.target.matches("[data-reshape]")) reshape(form, "keep:w");
  });
  document.addEventListener("input", (event) => {
    meant(event);
    const box = event.target.closest("[data-yaml]");
    if (box) number(box);
    const form = event.target.closest("form[data-rule-form]");
    if (form && !event.target.matches("[data-reshape], [name^='new_queue.']")) keepLater(form);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (link && selectLine(Number(link.dataset.line))) event.preventDefault();
  });
  leadToFault();
}
