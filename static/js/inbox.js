/* The inbox's own: ticked rows and what is done with them, and coming back to the row one left. */
import { post } from "./forms.js";
import { openBulk } from "./plan.js";
import { refetch } from "./regions.js";
import { offerUndo, toast } from "./toasts.js";

const BACK_KEY = "earshot.inbox";
const ROW_KEY = "earshot.row";
const verbs = { claim: ["Taken", "release"], close: ["Done", "reopen"], release: ["Released", "claim"] };

const TICKS = '#list input[name="case"]';
let anchor = null; // id of the row that was ticked or unticked last: a range goes from there

function ticked() {
  return [...document.querySelectorAll(`${TICKS}:checked`)];
}

/** Tick every row from the one ticked last to this one, both included, whichever way round they stand. */
export function tickTo(row) {
  const rows = [...document.querySelectorAll("#list .row")];
  const to = rows.indexOf(row);
  const start = rows.findIndex((one) => one.id === anchor);
  if (to < 0) return false;
  const [first, last] = [Math.min(start < 0 ? to : start, to), Math.max(start, to)];
  for (const one of rows.slice(first, last + 1)) one.querySelector('input[name="case"]').checked = true;
  anchor = row.id;
  showBulk();
  return true;
}

/** Do `verb` to the ticked rows, if any: its plan opens. */
export function bulk(verb, more = {}) {
  const ids = ticked().map((box) => box.value);
  if (ids.length) openBulk(verb, ids, { in_view: document.querySelector("[data-bulk]").dataset.inView, ...more });
  return ids.length > 0;
}

function showBulk() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const count = ticked().length;
  bar.querySelector("[data-bulk-count]").textContent = `${count} ticked`;
}

/** Do `verb` to each case in turn; says how many were taken and how many refused. */
export async function eachCase(verb, ids) {
  const [word, back] = verbs[verb];
  let done = 0;
  let refused = "";
  for (const id of ids) {
    const answer = await post(`/cases/${id}/${verb}`, {});
    if (answer.ok) done += 1;
    else refused = answer.detail;
  }
  if (refused) toast(ids.length > 1 ? `${done} of ${ids.length} ${word.toLowerCase()}. ${refused}` : refused, { tone: "bad" });
  else if (ids.length === 1) offerUndo(word, `/cases/${ids[0]}/${back}`);
  else toast(`${done} ${word.toLowerCase()}`);
  for (const box of ticked()) box.checked = false;
  showBulk();
  await refetch();
}

export function startInbox() {
  const back = document.querySelector('.case-back[data-act="back"]');
  if (back && sessionStorage.getItem(BACK_KEY)) back.href = sessionStorage.getItem(BACK_KEY);
  document.addEventListener("desk:changed", () => {
    const link = document.querySelector('.case-back[data-act="back"]');
    if (link && sessionStorage.getItem(BACK_KEY)) link.href = sessionStorage.getItem(BACK_KEY);
    showBulk();
  });
  if (!document.getElementById("list")) return;
  sessionStorage.setItem(BACK_KEY, location.pathname + location.search);
  const left = document.getElementById(`open-${sessionStorage.getItem(ROW_KEY)}`);
  if (left && document.referrer.includes("/cases/")) left.focus();
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const box of document.querySelectorAll(TICKS)) box.checked = event.target.checked;
    if (event.target.matches(`${TICKS}, [data-tick-all]`)) showBulk();
  });
  document.addEventListener("desk:bulk", () => {
    for (const box of ticked()) box.checked = false;
    showBulk();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-bulk]") || !event.submitter?.value) return;
    event.preventDefault();
    bulk(event.submitter.value, event.submitter.dataset.person ? { person: event.submitter.dataset.person } : {});
  });
  document.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest("#list .row-tick") && event.preventDefault()); // no text is marked
  document.addEventListener("click", (event) => {
    const row = event.target.closest("#list [data-case]");
    if (event.target.matches(TICKS)) {
      if (event.shiftKey && anchor && anchor !== row.id) tickTo(row);
      else anchor = row.id;
    }
    if (row && event.target.closest("a")) sessionStorage.setItem(ROW_KEY, row.dataset.case);
    if (event.target.closest("[data-bulk-clear]")) {
      for (const box of document.querySelectorAll(`${TICKS}:checked, [data-tick-all]`)) box.checked = false;
      showBulk();
    }
  });
}
