/* Signed out or in again meanwhile, or met by a fault: what was typed stays in this tab, and is in its form again afterwards.
   Nobody else who signs in here sees it. */
(() => {
  "use strict";
  const KEY = "guildhall-draft";
  const KEEP = 15 * 60 * 1000;
  const typed = "textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file])";
  const path = (address) => new URL(address, location.href).pathname;
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  };
  const write = (draft) => {
    try {
      if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
      else sessionStorage.removeItem(KEY);
    } catch {
      /* A browser that keeps nothing, or a text too long for it: then it is as without a script. */
    }
  };
  const isOutside = () => location.pathname.startsWith("/sign-in");
  const me = () => document.documentElement.dataset.user || "";
  /* Where a refused form leads; a code that was asked for by the form itself is typed elsewhere. */
  const asksToSignIn = () => ["/sign-in", "/sign-in/again"].includes(location.pathname);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || isOutside() || ![...form.elements].some((field) => field.matches(typed) && field.value)) return;
    const fields = [...new FormData(form)].filter(([name, value]) => name !== "form_token" && typeof value === "string");
    const inDialog = Boolean(form.closest("dialog"));
    write({ by: me(), at: location.pathname, action: path(form.getAttribute("action")), inDialog, fields, time: Date.now() });
  }, true);

  const fill = (form, fields) => {
    for (const field of form.elements) {
      const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (!values.length || field.type === "hidden") continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else field.value = values[0];
    }
  };
  const say = (text) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.dataset.toast = "";
    const line = document.createElement("p");
    line.textContent = text;
    toast.append(line);
    document.getElementById("toasts").append(toast);
  };

  const SIGNED_OUT = "You were signed out meanwhile. What you typed is here; send it again.";
  const UNSURE = "What you typed is here. Look whether it was saved before you send it again.";
  const arrive = () => {
    const draft = read();
    if (!draft) return;
    if (isOutside()) {
      if (asksToSignIn()) write({ ...draft, kept: SIGNED_OUT });
      else if (!draft.kept) write(null);
      return;
    }
    const failed = document.querySelector("[data-failed]");
    const somebodyElse = (me() || !failed) && draft.by !== me();
    if (somebodyElse || Date.now() - draft.time > KEEP) return write(null);
    if (failed) return write({ ...draft, kept: UNSURE });
    const said = draft.kept || document.querySelector("[data-toast][data-draft]");
    const here = draft.at === location.pathname || (draft.inDialog && draft.action === location.pathname);
    /* Who isn’t sure looks elsewhere first. */
    if (draft.kept === UNSURE && !here) return;
    if (said && here && draft.action !== location.pathname && draft.inDialog) {
      /* A dialog is also a page. */
      write({ ...draft, at: draft.action, inDialog: false });
      location.replace(draft.action);
      return;
    }
    write(null);
    const form = said && here && [...document.forms].find((form) => form.method === "post" && path(form.getAttribute("action")) === draft.action);
    if (!form) return;
    fill(form, draft.fields);
    /* Of who signed in again, the server has said so. */
    if (draft.kept) say(draft.kept);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrive);
  else arrive();
})();
