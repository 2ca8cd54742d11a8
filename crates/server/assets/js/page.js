/* Whole pages: filters, bulk bar, busy buttons, copying, toasts, typed confirmation, theme. Everything works without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const on = (type, selector, act, options) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(found, event);
    }, options);

  /* A select that sends its form at once; htmx answers where the form asks for it. */
  on("change", "select[data-submit]", (select) => {
    if (!select.form.hasAttribute("hx-get")) select.form.requestSubmit();
  });

  /* A search was answered while it was typed; leaving its field must not ask again and take away what was opened meanwhile. */
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-filters] input")) event.stopPropagation();
  }, true);

  /* Ctrl or ⌘ K. */
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    const search = document.querySelector("[data-filters] input");
    if (!search || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  /* Bulk bar: it shows by itself while something is ticked; here the number and "all on this page". */
  const count = () => {
    const boxes = all(".row-check");
    const ticked = boxes.filter((box) => box.checked).length;
    const matching = document.querySelector("[data-check-matching]:checked");
    for (const number of all("[data-bulk-count]")) number.textContent = matching ? matching.dataset.checkMatching : String(ticked);
    for (const box of all("[data-check-all]")) {
      box.checked = ticked > 0 && ticked === boxes.length;
      box.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  };
  on("change", ".row-check, [data-check-matching]", count);
  on("change", "[data-check-all]", (box) => {
    for (const row of all(".row-check")) row.checked = box.checked;
    count();
  });
  on("reset", "[data-bulk]", () => setTimeout(count));

  /* Busy after 150 ms; a second press does nothing. */
  const settle = (form) => {
    clearTimeout(form.busyTimer);
    delete form.dataset.sent;
    for (const button of all("[data-busy]", form)) {
      delete button.dataset.busy;
      button.removeAttribute("aria-disabled");
    }
  };
  on("submit", "form", (form, event) => {
    if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
    if (form.method === "get") return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "1";
    form.busyTimer = setTimeout(() => {
      const button = event.submitter || form.querySelector("[data-main]");
      if (!button || !button.classList.contains("button")) return;
      button.dataset.busy = "";
      button.setAttribute("aria-disabled", "true");
    }, 150);
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) settle(form);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach(settle));

  /* What brings a dialog or a part of the page is busy after 150 ms too: the link itself, or the button of its menu. */
  const waiting = new WeakMap();
  const shown = (element, pressed) => {
    if (element.matches("[data-filters]")) return element.querySelector(".search");
    const menu = element.closest("[popover]");
    return (menu && document.querySelector(`[popovertarget="${menu.id}"]`)) || pressed || element;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    const opener = requestConfig.verb === "get" && shown(elt, requestConfig.triggeringEvent?.submitter);
    if (opener) waiting.set(xhr, { opener, timer: setTimeout(() => { opener.dataset.busy = ""; }, 150) });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { opener, timer } = waiting.get(event.detail.xhr) || {};
    clearTimeout(timer);
    if (opener) delete opener.dataset.busy;
  });
  on("click", "[aria-disabled='true']:not([data-tip])", (control, event) => {
    if (control.matches("button, a")) event.preventDefault();
  });

  /* Copy, and "Copied" for two seconds. A secret's Done acts after copying or a tick. */
  const keep = (secret) => {
    const done = secret.querySelector("[data-done]");
    const kept = secret.dataset.copied || secret.querySelector("[data-kept]").checked;
    if (kept) done.removeAttribute("aria-disabled");
    else done.setAttribute("aria-disabled", "true");
  };
  on("click", "[data-copy]", async (button) => {
    const source = document.querySelector(button.dataset.copy);
    const label = button.querySelector("span");
    if (!source || !label) return;
    try {
      await navigator.clipboard.writeText(source.value || source.textContent.trim());
    } catch {
      getSelection().selectAllChildren(source);
      return;
    }
    const before = label.dataset.before || label.textContent;
    label.dataset.before = before;
    label.textContent = button.dataset.copied || "Copied";
    label.setAttribute("role", "status");
    setTimeout(() => { label.textContent = before; }, 2000);
    const secret = button.closest("[data-secret]");
    if (secret) { secret.dataset.copied = "1"; keep(secret); }
  });
  on("change", "[data-kept]", (box) => keep(box.closest("[data-secret]")));

  /* A file is read here and shown before it is sent; nothing is uploaded by itself. */
  on("change", "[data-read-into]", async (input) => {
    const area = document.getElementById(input.dataset.readInto);
    const file = input.files[0];
    if (!area || !file) return;
    area.value = file.size > 900_000 ? "" : await file.text();
    area.setCustomValidity(file.size > 900_000 ? "The file is too large: at most 900 kB." : "");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.reportValidity();
  });

  /* Toasts leave after six seconds, but never while focused or hovered. What can be undone stays as long as its mail waits. */
  const live = (toast) => {
    let timer;
    const start = () => { timer = setTimeout(() => toast.remove(), toast.querySelector("form") ? 10000 : 6000); };
    const stop = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("pointerleave", () => { if (!toast.contains(document.activeElement)) start(); });
    toast.addEventListener("focusout", () => { if (!toast.matches(":hover")) start(); });
    start();
  };
  on("click", "[data-toast-close]", (button) => button.closest("[data-toast]").remove());

  /* The button acts once the name is typed. */
  const typed = (box) => {
    const input = box.querySelector("input");
    const button = box.closest("form").querySelector("[data-main]");
    const same = input.value.trim().normalize() === box.dataset.typed.normalize();
    if (button) button.disabled = !same;
  };
  on("input", "[data-typed] input", (input) => typed(input.closest("[data-typed]")));

  /* A button that waits: "Send another code (24)". */
  const wait = (button) => {
    const text = button.textContent;
    const until = Date.now() + Number(button.dataset.wait) * 1000;
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${text} (${left})` : text;
      if (left > 0) setTimeout(tick, 1000);
    };
    tick();
  };

  /* Leaving a page asks first where something was typed into a form and not sent. */
  on("input", "form[data-guard]", (form, event) => {
    if (event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea")) form.typedInto = true;
  });
  on("submit", "form[data-guard]", (form) => { form.typedInto = false; });
  addEventListener("beforeunload", (event) => {
    if (all("form[data-guard]").some((form) => form.typedInto)) event.preventDefault();
  });

  /* Codes may be pasted with spaces, and are sent when complete. */
  on("input", "[data-code]", (input) => {
    const digits = input.value.replace(/\D/g, "").slice(0, 6);
    if (input.value !== digits) input.value = digits;
    if (digits.length === 6) input.form.requestSubmit();
  });

  /* The theme shows at once; it is kept when the form is saved. */
  on("change", "[data-theme-choice] input", (input) => { root.dataset.theme = input.value; });

  /* Popovers: arrow keys open menus and walk through them, a tip also opens by focus. */
  const walk = (menu, event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = step ? all("a.menu-item, button.menu-item", menu) : [];
    if (!items.length) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    items[at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length].focus();
  };
  on("keydown", ".menu", walk);
  on("keydown", "[popovertarget]", (button, event) => {
    const menu = document.getElementById(button.getAttribute("popovertarget"));
    if (!menu || !menu.matches(".menu") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    if (!menu.matches(":popover-open")) menu.showPopover({ source: button });
    walk(menu, event);
  });
  on("focusin", "[data-tip]", (button) => {
    const tip = document.getElementById(button.getAttribute("popovertarget"));
    if (tip && button.matches(":focus-visible")) tip.showPopover({ source: button });
  });
  on("focusout", "[data-tip]", (button, event) => {
    const tip = document.getElementById(button.getAttribute("popovertarget"));
    /* Focus may go on into the tip, to a link. */
    if (tip && tip.matches(":popover-open") && !tip.contains(event.relatedTarget)) tip.hidePopover();
  });

  const ready = (within) => {
    all("[data-toast]", within).forEach((toast) => { if (!toast.seen) { toast.seen = true; live(toast); } });
    all("[data-typed]", within).forEach(typed);
    all("[data-wait]", within).forEach((button) => { if (!button.seen) { button.seen = true; wait(button); } });
    all("[data-secret]", within).forEach(keep);
    const wrong = within.querySelector("[aria-invalid='true']");
    if (wrong) wrong.focus();
    count();
  };
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => ready(document));
  else ready(document);
})();
