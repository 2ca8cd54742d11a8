/* Pages that open as dialogs: htmx brings the panel, this opens, guards and closes it. */
(() => {
  "use strict";
  const dialog = () => document.getElementById("dialog");
  let opener = null;
  let dirty = false;

  /* From a menu, focus returns to the menu's button. */
  const origin = (element) => {
    const menu = element.closest("[popover]");
    return (menu && document.querySelector(`[popovertarget="${menu.id}"]`)) || element;
  };

  const focus = (panel) => {
    const first = panel.querySelector("[aria-invalid='true'], [autofocus]")
      || panel.querySelector("input:not([type=hidden]):not(:disabled), textarea, select, .panel-foot .button");
    if (first) first.focus();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.target;
    if (!link.matches || !link.matches("[data-dialog]")) return;
    opener = origin(link);
    const menu = link.closest("[popover]");
    if (menu && menu.hidePopover) menu.hidePopover();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    if (!box || !(event.target === box || box.contains(event.target))) return;
    const panel = box.querySelector("[data-panel]");
    if (!panel) {
      /* The answer was another page (signed out, no longer a member): go there. */
      location.assign(event.detail.pathInfo ? event.detail.pathInfo.requestPath : location.href);
      return;
    }
    dirty = false;
    if (!box.open) box.showModal();
    focus(panel);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const link = event.target.closest && event.target.closest("[data-dialog]");
    if (link) location.assign(link.href);
  });

  const close = () => {
    const box = dialog();
    if (box && box.open) box.close();
  };
  document.addEventListener("click", (event) => {
    const box = dialog();
    if (!box || !box.open) return;
    const leave = event.target.closest && event.target.closest("[data-close]");
    if (leave && box.contains(leave)) {
      event.preventDefault();
      close();
    } else if (event.target === box && !dirty) {
      close();
    }
  });
  document.addEventListener("input", (event) => {
    const box = dialog();
    if (box && box.contains(event.target) && event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea")) dirty = true;
  });
  const prepare = () => {
    const box = dialog();
    if (!box) return;
    box.addEventListener("cancel", (event) => { if (dirty) event.preventDefault(); });
    box.addEventListener("close", () => {
      box.replaceChildren();
      dirty = false;
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", prepare);
  else prepare();
})();
