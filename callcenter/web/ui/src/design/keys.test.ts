import { effectScope } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { handleKey, listKeys, useKeys } from "./keys";

describe("keys", () => {
  const run = vi.fn();
  let scope = effectScope();

  beforeEach(() => {
    window.addEventListener("keydown", handleKey);
    scope = effectScope();
    scope.run(() => useKeys(["c", "F2", "Ctrl+k", "Enter", "ArrowDown"].map((key) => ({ key, does: "shell.keys", run }))));
  });
  afterEach(() => {
    window.removeEventListener("keydown", handleKey);
    scope.stop();
    run.mockClear();
    document.body.innerHTML = "";
  });

  function press(tag: string, key: string, more: KeyboardEventInit & { keyCode?: number } = {}): KeyboardEvent {
    const target = document.body.appendChild(document.createElement(tag));
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    if (more.keyCode !== undefined) Object.defineProperty(event, "keyCode", { value: more.keyCode });
    target.dispatchEvent(event);
    return event;
  }

  it.each<[string, string, string, object, number]>([
    ["acts on the page", "p", "c", {}, 1],
    ["is a letter in a text field", "input", "c", {}, 0],
    ["is a letter in a text", "textarea", "c", {}, 0],
    ["is the input method's while that composes", "p", "c", { isComposing: true }, 0],
    ["is the input method's, as Safari says it", "p", "c", { keyCode: 229 }, 0],
    ["is not meant with Ctrl", "p", "c", { ctrlKey: true }, 0],
    ["is not meant with Alt", "p", "c", { altKey: true }, 0],
    ["is unknown", "p", "x", {}, 0],
    ["of the functions acts in a text field", "input", "F2", {}, 1],
    ["of the functions is the input method's too", "input", "F2", { isComposing: true }, 0],
    ["of a row acts on a link", "a", "ArrowDown", {}, 1],
    ["is a press of the button", "button", "Enter", {}, 0],
    ["opens the link", "a", "Enter", {}, 0],
    ["acts where nothing has the focus", "p", "Enter", {}, 1],
    ["moves within the choices", "input", "ArrowDown", {}, 0],
    ["with Ctrl acts in a text field", "input", "k", { ctrlKey: true }, 1],
  ])("%s", (_, tag, key, more, times) => {
    expect(press(tag, key, more).defaultPrevented).toBe(times === 1);
    expect(run).toHaveBeenCalledTimes(times);
  });

  it("do not reach the page behind a dialog", () => {
    const dialog = document.body.appendChild(document.createElement("div"));
    dialog.setAttribute("role", "dialog");
    const button = dialog.appendChild(document.createElement("button"));
    button.dispatchEvent(new KeyboardEvent("keydown", { key: "c", bubbles: true }));
    expect(run).not.toHaveBeenCalled();
  });

  it("belong to the newest who asked, and to nobody afterwards", () => {
    const inner = effectScope();
    const other = vi.fn();
    inner.run(() => useKeys([{ key: "c", does: "shell.keys", run: other }]));
    press("p", "c");
    expect([run.mock.calls.length, other.mock.calls.length]).toEqual([0, 1]);
    inner.stop();
    press("p", "c");
    expect(run).toHaveBeenCalledOnce();
    scope.stop();
    expect(listKeys()).toEqual([]);
  });
});
