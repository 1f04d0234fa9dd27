/* The palette (Ctrl+K): every link and action that stands on this page, found by typing a part of its words. It offers nothing the page does not. */
const SOURCES = "[data-act], a[data-go], .nav-link, .menu-item";
const SHOWN = 12;

let found = [];
let at = 0;

function words(el) {
  const copy = (el.matches("input[type=radio]") ? el.closest("label") : el).cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, svg, .count")) part.remove();
  const menu = el.closest("[popover]")?.querySelector(".menu-title")?.textContent.trim();
  const text = (el.getAttribute("aria-label") || copy.textContent || el.placeholder || "").replace(/\s+/g, " ").trim();
  return menu && el.matches(".menu-item") ? `${menu}: ${text}` : text;
}

function collect() {
  const seen = new Set();
  return [...document.querySelectorAll(SOURCES)]
    .filter((el) => !el.disabled && !el.closest("dialog, [hidden]") && (el.closest("[popover]") || el.checkVisibility()))
    .map((el) => ({ el, text: words(el), key: el.querySelector("[data-key-for]")?.textContent ?? (el.dataset.go ? `g ${el.dataset.go}` : "") }))
    .filter(({ text }) => text && !seen.has(text) && seen.add(text));
}

function matches(text, query) {
  return query.toLowerCase().split(/\s+/).every((part) => text.toLowerCase().includes(part));
}

function draw(box, all) {
  const input = box.querySelector("input");
  found = all.filter(({ text }) => matches(text, input.value.trim())).slice(0, SHOWN);
  at = Math.min(at, Math.max(0, found.length - 1));
  const list = box.querySelector("[role=listbox]");
  list.replaceChildren(...found.map(({ text, key }, index) => {
    const item = document.createElement("li");
    item.id = `palette-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(index === at));
    const name = document.createElement("bdi");
    name.textContent = text;
    item.append(name);
    if (key) item.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    return item;
  }));
  if (!found.length) list.append(Object.assign(document.createElement("li"), { className: "muted", textContent: "Nothing here is called that." }));
  if (found.length) input.setAttribute("aria-activedescendant", `palette-${at}`);
  else input.removeAttribute("aria-activedescendant");
}

export function startPalette() {
  const box = document.getElementById("palette");
  if (!box) return;
  const input = box.querySelector("input");
  let all = [];
  const choose = (index) => {
    const one = found[index];
    box.close();
    if (!one) return;
    if (one.el.matches("input:not([type=radio])")) one.el.focus();
    else one.el.click();
  };
  // showModal tells nobody, so the dialog is watched; the page's actions are read when it opens.
  new MutationObserver(() => {
    if (!box.open) return;
    all = collect();
    input.value = "";
    at = 0;
    draw(box, all);
    input.focus();
  }).observe(box, { attributes: true, attributeFilter: ["open"] });
  input.addEventListener("input", () => { at = 0; draw(box, all); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); at = (at + step + found.length) % Math.max(1, found.length); draw(box, all); }
    else if (event.key === "Enter") { event.preventDefault(); choose(at); }
  });
  box.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) choose(found.findIndex((_, index) => item.id === `palette-${index}`));
    else if (event.target === box) box.close();
  });
}
