/* Address fields for lists: each entry becomes a chip. The text area keeps what is sent, one address a line. */
(() => {
  "use strict";
  const part = /"([^"\r\n]*)"|<[ \t]*([^\s,;<>"]*)[ \t]*>|([,;\t\r\n])|([^\s,;<>"]+)/gu;
  const address = /^[^\s@<>()[\]"\\]+@[^\s@]+\.[^\s@.]{2,}$/u;
  const handle = /^@?[a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])$/;

  const why = (text, box) => {
    if (box.dataset.handles !== undefined && handle.test(text)) return "";
    const parts = text.split("@");
    if (parts.length === 1) return "The @ is missing";
    if (parts.length > 2) return "More than one @";
    if (!parts[1]) return "The part after @ is missing";
    if (!address.test(text)) return "Not an address yet";
    return "";
  };

  /* `Eve Long <eve@example.com>` is the address; a name in quotes may hold what separates. list.rs reads the same way. */
  const split = (text) => {
    const found = [];
    let words = [];
    for (const [, quoted, named, separator, word] of text.matchAll(part)) {
      if (named !== undefined) found.push(...words.splice(0).filter((it) => it.includes("@")), named);
      else if (separator) found.push(...words.splice(0));
      else words.push(...(quoted ?? word).split(/[,;\t]/));
    }
    return [...found, ...words].map((it) => it.trim().replace(/^'+|['.]+$/g, "")).filter(Boolean);
  };
  /* What is being typed is whole after a separator or an address; a space may also stand in a name. */
  const isWhole = (text) => {
    const open = text.replace(/"[^"]*"|<[^<>]*>/g, "x");
    return />\s*$/.test(text) || (!/["<]/.test(open) && (/[,;\t]/.test(open) || /@\S*\s/.test(text)));
  };

  const build = (box) => {
    if (box.entries) return;
    const area = box.querySelector("textarea");
    const here = new Set((box.dataset.here || "").toLowerCase().split(" ").filter(Boolean));
    const limit = Number(box.dataset.limit) || 500;
    const counter = box.closest(".field").querySelector("[data-chips-count]");
    const input = document.createElement("input");
    input.className = "input";
    input.type = "text";
    input.id = area.id;
    input.autocomplete = "off";
    input.spellcheck = false;
    input.autocapitalize = "none";
    for (const name of ["aria-describedby", "aria-invalid", "placeholder"]) {
      if (area.hasAttribute(name)) input.setAttribute(name, area.getAttribute(name));
    }
    if (area.hasAttribute("aria-invalid")) box.dataset.invalid = "";
    const wanted = area.autofocus || document.activeElement === area;
    area.removeAttribute("id");
    area.removeAttribute("autofocus");
    area.hidden = true;
    box.classList.add("chips");
    box.append(input);
    box.entries = new Map();
    const alert = document.createElement("p");
    alert.className = "field-error";
    alert.setAttribute("role", "alert");
    alert.id = `${input.id}-unclear`;
    alert.hidden = true;
    counter.before(alert);
    const below = document.getElementById(area.getAttribute("aria-describedby"));
    input.setAttribute("aria-describedby", `${area.getAttribute("aria-describedby")} ${alert.id}`);
    const kind = box.dataset.handles === undefined ? "an address" : "an address or handle";

    const chip = (text) => {
      const reason = why(text, box);
      const known = here.has(text.toLowerCase());
      const element = document.createElement("span");
      element.className = reason ? "chip unclear" : known ? "chip here" : "chip";
      const label = document.createElement("span");
      label.textContent = reason ? `${text} · ${reason}` : known ? `${text} · Already here` : text;
      element.title = label.textContent;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${text}`);
      element.append(label, remove);
      element.entry = text.toLowerCase();
      return element;
    };
    /* What the script writes is as typed to whoever guards what was typed. */
    const touched = () => area.dispatchEvent(new Event("input", { bubbles: true }));
    const write = () => {
      area.value = [...box.entries.values()].map((entry) => entry.text).join("\n");
      if (input.value.trim()) area.value += `\n${input.value.trim()}`;
      const unclear = [...box.entries.values()].filter((entry) => entry.element.classList.contains("unclear"));
      const number = box.entries.size;
      input.placeholder = number ? "" : area.placeholder;
      const over = number > limit ? `, ${number - limit} too many` : "";
      counter.textContent = number === 0 ? "" : `${number} of ${limit}${over}${unclear.length ? `, ${unclear.length} unclear` : ""}`;
      counter.classList.toggle("danger-text", number > limit);
      /* Nothing is sent while an entry is unclear. */
      const [first, ...more] = unclear;
      const one = first && `“${first.text}” isn’t ${kind}. Remove it or type it anew.`;
      const several = `${unclear.length} entries aren’t ${kind}. Remove them or type them anew.`;
      input.setCustomValidity((more.length ? several : one) || "");
      if (!alert.hidden) tell();
    };
    const tell = () => {
      const wrong = input.validationMessage;
      alert.hidden = !wrong;
      alert.textContent = wrong;
      if (below) below.hidden = Boolean(wrong);
      if (wrong || area.hasAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    };
    const add = (text) => {
      const batch = document.createDocumentFragment();
      for (const entry of split(text)) {
        if (box.entries.has(entry.toLowerCase())) continue;
        const element = chip(entry);
        box.entries.set(entry.toLowerCase(), { text: entry, element });
        batch.append(element);
      }
      box.insertBefore(batch, input);
      write();
      box.scrollTop = box.scrollHeight;
    };
    const commit = () => {
      const text = input.value;
      input.value = "";
      add(text);
    };

    input.addEventListener("input", () => {
      if (isWhole(input.value)) commit();
      else write();
    });
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\s,;<]/.test(text.trim())) return;
      event.preventDefault();
      add(input.value + text);
      input.value = "";
      touched();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && input.value.trim()) {
        event.preventDefault();
        commit();
      } else if (event.key === "Backspace" && !input.value && box.entries.size) {
        const last = [...box.entries.keys()].pop();
        const entry = box.entries.get(last);
        entry.element.remove();
        box.entries.delete(last);
        input.value = entry.text;
        event.preventDefault();
        write();
        touched();
      }
    });
    input.addEventListener("blur", commit);
    input.addEventListener("invalid", (event) => {
      event.preventDefault();
      tell();
      input.focus();
    });
    box.addEventListener("click", (event) => {
      const remove = event.target.closest("button");
      if (!remove) {
        if (event.target === box) input.focus();
        return;
      }
      const element = remove.parentElement;
      box.entries.delete(element.entry);
      element.remove();
      write();
      touched();
      input.focus();
    });
    add(area.value);
    if (wanted) input.focus();
  };

  const ready = (within) => within.querySelectorAll("[data-chips]").forEach(build);
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => ready(document));
  else ready(document);
})();
