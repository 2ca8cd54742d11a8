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
  /* What went wrong in an open dialog is said above its buttons; what was typed stays. */
  const tell = (panel, text, { reference, retry }) => {
    panel.querySelector("[data-fault]")?.remove();
    const notice = document.createElement("div");
    notice.className = "notice bad";
    notice.setAttribute("role", "alert");
    notice.dataset.fault = "";
    const box = document.createElement("div");
    const said = document.createElement("p");
    said.textContent = text;
    if (reference) {
      const number = document.createElement("span");
      number.className = "mono";
      number.textContent = reference;
      said.append(" Reference: ", number);
    }
    box.className = "stack-8";
    box.append(said);
    if (retry) {
      const again = document.createElement("button");
      again.className = "button";
      again.textContent = "Retry";
      box.append(again);
    }
    notice.append(box);
    const foot = panel.querySelector(".panel-foot");
    foot.before(notice);
    notice.scrollIntoView({ block: "nearest" });
  };
  const failed = (event, text, more) => {
    if (!(event.target instanceof Element)) return;
    const panel = event.target.closest("#dialog [data-panel]");
    const link = event.target.closest("[data-dialog]");
    if (panel && panel.querySelector(".panel-foot")) tell(panel, text, more);
    else if (link) location.assign(link.href);
  };
  document.addEventListener("htmx:responseError", (event) => {
    const { status, getResponseHeader } = event.detail.xhr;
    const reference = getResponseHeader.call(event.detail.xhr, "X-Request-Id");
    /* Trying again doesn’t bring back what is gone. */
    const gone = status === 404;
    const text = gone
      ? "This isn’t there any more, or you no longer see it. Nothing was changed. Close this and look again."
      : "Something broke here. Nothing was changed, and what you typed is still here. Try again; if it stays so, tell whoever runs this the reference.";
    failed(event, text, { reference, retry: !gone });
  });
  for (const away of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(away, (event) => failed(event, "The server can’t be reached. What you typed is still here. Try again in a moment.", { retry: true }));
  }

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
