/* The plan of an act on many cases, or on a person: its form comes from the server into one dialog, says afresh what it will do whenever a field
   changes, and is done step by step with a progress. What was done is offered to be undone. Without a script the same form is a page. */
import { parse, refetch } from "./regions.js";
import { post } from "./forms.js";
import { offerUndo, toast } from "./toasts.js";

const UNDO_MS = 60_000; // longer than a single step's: who moved forty cases looks at what became of them first
const ASK_MS = 200;

let asked = 0;
let timer = 0;
let from = null;

const dialog = () => document.getElementById("plan-dialog");
const form = () => dialog()?.querySelector("#plan");

function show(html) {
  const plan = parse(html).getElementById("plan");
  if (!plan) return false;
  from = document.activeElement;
  dialog().replaceChildren(document.adoptNode(plan));
  for (const el of dialog().querySelectorAll("[data-no-script]")) el.hidden = true;
  ready();
  if (!dialog().open) dialog().showModal();
  (plan.querySelector("[autofocus]:checked, select[autofocus], input[autofocus]:not([type=radio])") ?? plan.querySelector("[data-plan-do]")).focus();
  return true;
}

function ready() {
  const said = form().querySelector("#plan-said");
  form().querySelector("[data-plan-do]").disabled = said.dataset.ready !== "true";
}

/** Open the plan of a link, by its address. */
export async function openPlan(url) {
  const answer = await fetch(url, { cache: "no-store", headers: { Accept: "text/html" } });
  const text = await answer.text();
  if (!answer.ok || !show(text)) toast(parse(text).querySelector("[data-error-text]")?.textContent.trim() || `The desk answered ${answer.status}.`, { tone: "bad" });
}

/** Open the plan of `verb` for these cases; `more` are further fields. */
export async function openBulk(verb, ids, more = {}) {
  const data = new URLSearchParams({ verb, next: location.pathname + location.search, ...more });
  for (const id of ids) data.append("case", id);
  const answer = await post("/bulk/plan", data);
  if (!answer.ok || !show(answer.text)) toast(answer.detail, { tone: "bad" });
}

/** What it would do now, with the fields as they stand; an answer that comes late is dropped. */
async function ask() {
  const mine = ++asked;
  const answer = await post(form().dataset.plan, new FormData(form()));
  if (mine !== asked || !form()) return;
  if (!answer.ok) return toast(answer.detail, { tone: "bad" });
  const doc = parse(answer.text);
  const fresh = doc.getElementById("plan-said");
  const open = form().querySelector("#plan-said details")?.open;
  const at = document.activeElement?.closest("#plan-said") ? document.activeElement.value : null;
  form().querySelector("#plan-said").replaceWith(document.adoptNode(fresh));
  if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  if (at) fresh.querySelector(`input[value="${CSS.escape(at)}"]`)?.focus();
  form().querySelector("[data-plan-do] span").textContent = doc.querySelector("[data-plan-do] span").textContent;
  ready();
}

function progress(done, all) {
  const bar = form()?.querySelector("progress");
  const words = form()?.querySelector("[data-plan-progress]");
  if (!bar) return;
  bar.hidden = words.hidden = false;
  bar.max = all;
  bar.value = done;
  words.textContent = `${done} of ${all}`;
}

async function carryOut(event) {
  event.preventDefault();
  const button = form().querySelector("[data-plan-do]");
  if (button.disabled) return;
  button.disabled = true; // a second press of the same button is a second act
  const data = new FormData(form());
  data.set("by_steps", "true");
  let answer = await post(form().getAttribute("action"), data);
  let result = answer.ok ? parse(answer.text).getElementById("bulk-result") : null;
  while (result && Number(result.dataset.waits) > 0) {
    progress(Number(result.dataset.done), Number(result.dataset.done) + Number(result.dataset.waits));
    answer = await post(`/bulk/${result.dataset.id}/on`, {});
    result = answer.ok ? parse(answer.text).getElementById("bulk-result") : null;
  }
  if (!result) {
    toast(answer.detail || "What became of it is not known: look at the cases.", { tone: "bad" });
    if (form()) button.disabled = false;
    return refetch();
  }
  dialog().close();
  document.dispatchEvent(new CustomEvent("desk:bulk"));
  const { id, said, undo } = result.dataset;
  const back = `/bulk/${id}/undo?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (undo === "true") offerUndo(said, back, Date.now() + UNDO_MS, { text: "Each case", url: `/bulk/${id}` });
  else toast(said);
  await refetch();
}

export function startPlan() {
  if (!dialog()) return;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-plan-open]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openPlan(opener.href);
    }
    if (event.target.closest("[data-plan-close]") && event.target.closest("#plan-dialog")) {
      event.preventDefault();
      dialog().close();
    }
  });
  dialog().addEventListener("submit", carryOut);
  const again = (event) => {
    if (!form()?.contains(event.target)) return;
    const picks = event.target.dataset.picks?.split("=");
    if (picks && event.target.value) form().querySelector(`[name="${picks[0]}"][value="${picks[1]}"]`).checked = true; // a colleague chosen means: to a colleague
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_MS);
  };
  dialog().addEventListener("input", again);
  dialog().addEventListener("close", () => { asked += 1; clearTimeout(timer); dialog().replaceChildren(); from?.focus?.(); });
}
