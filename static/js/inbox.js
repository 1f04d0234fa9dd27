/* The inbox's own: ticked rows and what is done with them, and coming back to the row one left. */
import { post } from "./forms.js";
import { refetch } from "./regions.js";
import { offerUndo, toast } from "./toasts.js";

const BACK_KEY = "earshot.inbox";
const ROW_KEY = "earshot.row";
const verbs = { claim: ["Taken", "release"], close: ["Done", "reopen"], release: ["Released", "claim"] };

function ticked() {
  return [...document.querySelectorAll('#list input[name="case"]:checked')];
}

function showBulk() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const count = ticked().length;
  bar.hidden = count === 0;
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
  document.addEventListener("change", (event) => event.target.matches('input[name="case"]') && showBulk());
  document.addEventListener("click", (event) => {
    const row = event.target.closest("#list [data-case]");
    if (row && event.target.closest("a")) sessionStorage.setItem(ROW_KEY, row.dataset.case);
    const verb = event.target.closest("[data-bulk-verb]")?.dataset.bulkVerb;
    if (verb === "clear") {
      for (const box of ticked()) box.checked = false;
      showBulk();
    } else if (verb) eachCase(verb, ticked().map((box) => box.value));
  });
}
