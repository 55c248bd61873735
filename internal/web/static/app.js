// What the pages do with JavaScript beyond htmx: keyboard, dialogs, selection, progress. All of it can be done without, by links and forms.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

document.documentElement.classList.add("scripted");

const typing = (el) => el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit)$/.test(el.type);

// Rows: j and k go through them, x selects, enter opens.
const rows = () => $$("table.data tbody tr").filter((r) => r.dataset.href || $("td.k-check input", r));
const currentRow = () => $("table.data tbody tr.current");

function goTo(row) {
  currentRow()?.classList.remove("current");
  row.classList.add("current");
  const target = $("a[href], input", row) || row;
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(currentRow());
  goTo(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function open(href) {
  const link = document.createElement("a");
  link.href = href;
  document.body.append(link);
  window.htmx?.process(link);
  link.click();
  link.remove();
}

// Dialogs.
function palette() {
  const dialog = $("#palette");
  if (!dialog) return false;
  if (!dialog.open) dialog.showModal();
  const input = $("input", dialog);
  input.focus();
  input.select();
  return true;
}

function moveHit(by) {
  const hits = $$("#palette-hits a");
  if (!hits.length) return;
  const at = hits.findIndex((h) => h.classList.contains("current")); // the first one, at first
  hits[at]?.classList.remove("current");
  const next = hits[(at + by + hits.length) % hits.length];
  next.classList.add("current");
  next.scrollIntoView({ block: "nearest" });
}

function paletteKey(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    moveHit(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    const hit = $("#palette-hits a.current") || $("#palette-hits a");
    if (!hit) return;
    hit.click();
  } else {
    return;
  }
  event.preventDefault();
}

// Keys. After g a letter goes to a page.
let afterG = 0;

function letter(event) {
  if (Date.now() - afterG < 1500) {
    afterG = 0;
    const link = $(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      open(link.href);
      return true;
    }
  }
  switch (event.key) {
    case "g": afterG = Date.now(); return true;
    case "j": step(1); return true;
    case "k": step(-1); return true;
    case "?": $("#help")?.showModal(); return true;
    case "/": {
      const field = $("[data-search]");
      if (!field) return palette();
      field.focus();
      field.select();
      return true;
    }
    case "x": {
      const box = currentRow() && $("td.k-check input", currentRow());
      if (box) box.click();
      return !!box;
    }
    case "Enter": {
      const row = currentRow();
      const here = document.activeElement;
      if (!row?.dataset.href || here !== document.body && !row.contains(here) || /^(A|BUTTON|SUMMARY)$/.test(here.tagName)) return false;
      open(row.dataset.href);
      return true;
    }
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    if (palette()) event.preventDefault();
    return;
  }
  if (event.target.closest?.("#palette")) return paletteKey(event);
  if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog")) {
    event.preventDefault(); // which would take away what a search field holds
    return event.target.blur();
  }
  if (event.key === "Escape") $$("details.dropdown[open]").forEach((d) => { d.open = false; $("summary", d).focus(); });
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
  if (letter(event)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const at = event.target;
  for (const d of $$("details.dropdown[open]")) if (!d.contains(at)) d.open = false;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (at.closest("[data-palette]") && palette()) return event.preventDefault();
  if (at.matches("dialog")) return at.close();
  if (at.closest("#palette-hits a")) return $("#palette").close();
  if (at.closest("a, button, input, label, select, summary")) return;
  const row = at.closest("tr[data-href]");
  if (row?.dataset.href && !getSelection().toString()) open(row.dataset.href);
}, true);

// Selection: a box at the head of a table, and what says how many are chosen.
document.addEventListener("change", (event) => {
  const table = event.target.closest?.("table.data");
  if (!table || event.target.type !== "checkbox") return;
  const boxes = $$("tbody td.k-check input", table);
  if (event.target.matches("[data-select-all]")) for (const b of boxes) b.checked = event.target.checked;
  for (const b of boxes) b.closest("tr").classList.toggle("selected", b.checked);
  const chosen = boxes.filter((b) => b.checked).length;
  const all = $("[data-select-all]", table);
  if (all) [all.checked, all.indeterminate] = [chosen > 0 && chosen === boxes.length, chosen > 0 && chosen < boxes.length];
  tell(table, boxes.filter((b) => b.checked).map((b) => b.closest("tr")));
});

// tell says how many rows are chosen, and what their amounts come to, column by column and exactly.
function tell(table, rows) {
  const out = $("[data-chosen]", table.closest(".table-block"));
  if (!out) return;
  const sums = new Map();
  for (const cell of rows.flatMap((r) => $$("[data-amount]", r))) {
    const key = cell.cellIndex + " " + cell.dataset.currency;
    const fraction = cell.dataset.amount.split(".")[1] ?? "";
    const sum = sums.get(key) ?? { title: table.tHead.rows[0].cells[cell.cellIndex].textContent.trim(), currency: cell.dataset.currency, digits: fraction.length, units: 0n };
    sum.units += BigInt(cell.dataset.amount.replace(".", ""));
    sums.set(key, sum);
  }
  const parts = [...sums.values()].map((s) => `${s.title.replace(s.currency, "").trim()} ${decimal(s)} ${s.currency}`);
  out.textContent = rows.length ? [out.dataset.chosen.replace("{n}", rows.length), ...parts].join(" · ") : "";
}

// Balances: what a payment leaves, and the rest of an amount that is divided, kept in sight while somebody types. The server has the
// last word: it adds up anew with every answer.
function units(text, digits) {
  const m = /^(-?)(\d*)(?:\.(\d*))?$/.exec((text ?? "").trim());
  if (!m || (m[3] ?? "").length > digits) return 0n;
  return BigInt(m[1] + (m[2] || "0") + (m[3] ?? "").padEnd(digits, "0"));
}

function put(form, key, value, digits) {
  const out = $(`[data-sum="${key}"]`, form);
  if (!out) return;
  out.textContent = decimal({ units: value, digits });
  out.classList.toggle("neg", value < 0n);
}

function payment(form) {
  const digits = Number(form.dataset.digits);
  const value = (key) => units($(`[data-sum="${key}"]`, form)?.dataset.value, digits);
  let applied = 0n, deducted = 0n, discount = 0n, credits = 0n;
  for (const row of $$("tr[data-open]", form)) {
    const on = $("[data-on]", row).checked;
    const open = units(row.dataset.open, digits);
    const pays = on ? units($("[data-pay]", row).value, digits) : 0n;
    row.classList.toggle("selected", on);
    if ("credit" in row.dataset) { credits += pays; continue; }
    const less = on ? units($("[data-disc]", row).value, digits) : 0n;
    const rest = on && !$("[data-leave]", row).checked ? open - pays - less : 0n;
    applied += pays;
    discount += less;
    deducted += rest > 0n ? rest : 0n;
    $("[data-rest]", row).textContent = rest > 0n ? decimal({ units: rest, digits }) : "";
  }
  put(form, "applied", applied, digits);
  put(form, "deducted", deducted, digits);
  put(form, "discount", discount, digits);
  put(form, "credits", credits, digits);
  put(form, "left", value("cash") + value("alone") + credits - applied, digits);
}

function divided(form) {
  const digits = Number(form.dataset.digits);
  const sum = $$('input[name^="amount"]', form).reduce((n, field) => n + units(field.value, digits), 0n);
  put(form, "parts", sum, digits);
  put(form, "left", units(form.dataset.parts, digits) - sum, digits);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-balance], form[data-parts]");
  if (!form) return;
  if ("parts" in form.dataset) return divided(form);
  const row = event.target.closest("tr[data-open]");
  const digits = Number(form.dataset.digits);
  if (row && event.target.matches("[data-on]")) {
    const earned = units(row.dataset.earned, digits);
    const fill = (field, n) => { if (field) field.value = event.target.checked && n > 0n ? exact(n, digits) : ""; };
    fill($("[data-disc]", row), earned);
    fill($("[data-pay]", row), units(row.dataset.open, digits) - ("credit" in row.dataset ? 0n : earned));
  } else if (row && event.target.matches("[data-pay]") && event.target.value.trim()) {
    $("[data-on]", row).checked = true;
  }
  if (event.target.matches("[data-split]")) {
    const out = $("[data-split-rest]", event.target.parentElement);
    const rest = units(event.target.dataset.split, digits) - units(event.target.value, digits);
    out.textContent = event.target.value.trim() ? out.dataset.splitRest.replace("{amount}", decimal({ units: rest, digits })) : "";
  }
  payment(form);
});

// exact writes an amount as the server reads it.
function exact(n, digits) {
  const text = String(n).padStart(digits + 1, "0");
  return digits ? text.slice(0, -digits) + "." + text.slice(-digits) : text;
}

function decimal({ units, digits }) {
  const text = String(units < 0n ? -units : units).padStart(digits + 1, "0");
  const whole = BigInt(digits ? text.slice(0, -digits) : text).toLocaleString(document.documentElement.lang);
  const point = (1.5).toLocaleString(document.documentElement.lang)[1];
  return (units < 0n ? "−" : "") + whole + (digits ? point + text.slice(-digits) : "");
}

// Progress of long work, told by the server; at its end the page is read anew.
const sources = new Map();

function watch() {
  for (const [el, source] of sources) if (!el.isConnected) { source.close(); sources.delete(el); }
  for (const el of $$("[data-progress]")) {
    if (!el.dataset.progress || sources.has(el)) continue;
    const source = new EventSource(el.dataset.progress);
    sources.set(el, source);
    source.onmessage = (message) => {
      const p = JSON.parse(message.data);
      const bar = $("progress", el);
      if (p.all) [bar.max, bar.value] = [p.all, p.done];
      else bar.removeAttribute("value");
      $("[data-progress-text]", el).textContent = p.text;
      $("[data-progress-rate]", el).textContent = p.rate;
      if (!p.end) return;
      source.close();
      location.reload();
    };
  }
}

// A filter's blank fields stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.matches("form.filter")) for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

// A form that only asks keeps what is chosen in the address, so that the way back loses nothing.
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-keep]");
  if (!form) return;
  const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(history.state, "", "?" + chosen);
});

// An answer that lacks what was asked for, such as the page for signing in or an error, is shown as the page that it is.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!ctx.select?.startsWith("#") || ctx.text.includes(`id="${ctx.select.slice(1)}"`)) return;
  event.preventDefault();
  location.assign(ctx.request.action);
});

document.addEventListener("htmx:error", () => {
  const box = document.createElement("p");
  box.className = "notice bad";
  box.textContent = $("#notices").dataset.unreachable;
  $("#notices").replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
});

// After each new content: progress, and the focus where the reader goes on.
function settled(event) {
  watch();
  if (event?.detail?.ctx?.target?.id === "palette-hits") return $("#palette-hits a")?.classList.add("current");
  const ctx = event?.detail?.ctx;
  const whole = ctx?.target === document.body;
  if (whole && !ctx.request.anchor && ctx.sourceElement !== document.body) scrollTo(0, 0);
  const wrong = $("[data-focus]");
  if (wrong) return wrong.focus();
  if (whole && document.activeElement === document.body) $("#main")?.focus({ preventScroll: true });
}
document.addEventListener("htmx:after:swap", settled);
settled();
