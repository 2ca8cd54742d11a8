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
    const first = panel.querySelector("[aria-invalid='true']") || panel.querySelector("[autofocus]")
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
    /* What was refused or is to be looked at still holds what was typed; a result doesn't. */
    dirty = dirty && event.detail.target !== box && Boolean(panel.querySelector("[data-main]"));
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
  /* Whether it was done isn’t known of what took too long or broke: its last step may be the one that failed. */
  const unknown = "It may not have been saved. Look first, then try again; what you typed is still here.";
  const said = {
    400: ["This couldn’t be done. Nothing was changed, and what you typed is still here. If it stays so, tell whoever runs this the reference.", true],
    404: ["This isn’t there any more, or you no longer see it. Nothing was changed. Close this and look again.", false],
    408: [`That took too long. ${unknown}`, true],
    413: ["This is more than can be sent at once. Nothing was changed, and what you typed is still here. Send it in smaller parts.", false],
    500: [`Something broke here. ${unknown} If it stays so, tell whoever runs this the reference.`, true],
  };
  document.addEventListener("htmx:responseError", (event) => {
    const { status, getResponseHeader } = event.detail.xhr;
    const reference = getResponseHeader.call(event.detail.xhr, "X-Request-Id");
    /* Trying again doesn’t bring back what is gone, nor makes it smaller. */
    const [text, retry] = said[status] || (status >= 500 ? said[500] : said[400]);
    failed(event, text, { reference, retry });
  });
  for (const away of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(away, (event) => failed(event, "The server can’t be reached. What you typed is still here. Try again in a moment; if it was sent just now, look first.", { retry: true }));
  }

  const close = () => {
    dirty = false;
    dialog().close();
  };
  document.addEventListener("click", (event) => {
    const box = dialog();
    if (!box || !box.open) return;
    const leave = event.target.closest && event.target.closest("[data-close]");
    if (leave && box.contains(leave)) {
      /* What was done shows in the list, to which this link leads. */
      if (leave.closest("[data-done]")) return;
      event.preventDefault();
      close();
    } else if (event.target === box && !dirty) {
      close();
    }
  });
  /* A browser may close at a second Escape without asking; it doesn’t where the key is taken. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && dirty && !document.querySelector(":popover-open")) event.preventDefault();
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
      if (dirty) {
        box.showModal();
        focus(box);
        return;
      }
      const done = box.querySelector("[data-done] .panel-close");
      if (done) location.assign(done.href);
      box.replaceChildren();
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", prepare);
  else prepare();
})();
