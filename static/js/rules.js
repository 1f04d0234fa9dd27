/* The rule editors. Without this file every button is a form that comes back to its page; with it the form changes its shape in place, keeps what is
   typed, and a fault's link selects its line.

   form[data-rule-form]: buttons named "do" other than save and view, and [data-reshape] selects, post and morph #rule-form from the answered page;
   typing is kept on the server after a pause. [data-yaml]: line numbers follow the text; a[data-line] selects a line. The list is in rule_list.js. */
import { post } from "./forms.js";
import { morph, parse } from "./regions.js";

const KEEP_MS = 1_500;
let waiting = 0;
let sending = Promise.resolve();

const formIn = () => document.querySelector("form[data-rule-form]");

/* ---- the form ---- */
async function reshape(form, verb) {
  clearTimeout(waiting);
  const data = new FormData(form);
  data.set("do", verb);
  const answer = await post(form.action, data);
  const fresh = answer.ok && parse(answer.text).getElementById("rule-form");
  if (!fresh) return;
  const { id: at, name } = document.activeElement ?? {};
  morph(document.getElementById("rule-form"), fresh.outerHTML);
  const where = new URL(answer.url).hash.slice(1);
  const next = verb.startsWith("test:") || verb.startsWith("group:") ? lastField(where) : name ? document.querySelector(`[name="${CSS.escape(name)}"]`) : document.getElementById(at);
  next?.focus();
}

function lastField(path) {
  const group = document.getElementById(path || "w");
  return [...(group?.querySelectorAll("select[name$='.field']") ?? [])].at(-1);
}

function keepLater(form) {
  clearTimeout(waiting);
  waiting = setTimeout(() => { sending = sending.then(() => keep(form)); }, KEEP_MS);
}

async function keep(form) {
  const data = new FormData(form);
  data.set("do", "keep:w");
  const answer = await post(form.action, data);
  const note = form.querySelector("[data-kept]");
  if (note) note.textContent = answer.ok ? `What you type is kept, ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}` : answer.detail;
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

/* ---- yaml ---- */
function number(box) {
  const text = box.querySelector("textarea");
  const list = box.querySelector(".yaml-lines");
  const lines = text.value.split("\n").length;
  text.rows = lines;
  while (list.children.length > lines) list.lastChild.remove();
  while (list.children.length < lines) list.append(Object.assign(document.createElement("li"), { id: `L${list.children.length + 1}` }));
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

export function startRules() {
  if (!document.querySelector("[data-yaml], [data-rule-form]")) return;
  document.addEventListener("submit", submitted, true);
  document.addEventListener("change", (event) => {
    const form = formIn();
    if (form && event.target.matches("[data-reshape]")) reshape(form, "keep:w");
  });
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-yaml]");
    if (box) number(box);
    const form = event.target.closest("form[data-rule-form]");
    if (form && !event.target.matches("[data-reshape]")) keepLater(form);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (link && selectLine(Number(link.dataset.line))) event.preventDefault();
  });
  const wanted = /^#L(\d{1,6})$/.exec(location.hash)?.[1];
  if (wanted) selectLine(Number(wanted));
}
