import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/client";
import { i18n, setLocale } from "@/messages";
import ReasonDialog from "./ReasonDialog.vue";

const perform = vi.fn<(reason: string) => Promise<unknown>>();
let dialog: ReturnType<typeof open>;

function open() {
  const props = { modelValue: true, title: "T", confirm: "Go", perform };
  return mount(ReasonDialog, { props, global: { plugins: [i18n] }, attachTo: document.body });
}

const find = <T extends Element>(selector: string) => document.body.querySelector<T>(selector) as T;
const text = () => document.body.textContent;

async function send(reason: string): Promise<void> {
  const field = find<HTMLInputElement>("input");
  field.value = reason;
  field.dispatchEvent(new Event("input"));
  find("form").dispatchEvent(new Event("submit"));
  await flushPromises();
}

describe("a dialog that asks for a reason", () => {
  beforeEach(async () => {
    setLocale("zh-CN");
    localStorage.clear();
    perform.mockReset().mockResolvedValue(null);
    dialog = open();
    await dialog.setProps({ modelValue: false });
    await dialog.setProps({ modelValue: true });
    await flushPromises();
  });
  afterEach(() => {
    dialog.unmount();
    document.body.replaceChildren();
  });

  it("does it with the reason in one line, closes, and offers the reason next time", async () => {
    await send("  核实  地址 ");
    expect(perform.mock.calls).toEqual([["核实 地址"]]);
    expect(dialog.emitted("update:modelValue")?.at(-1)).toEqual([false]);
    await dialog.setProps({ modelValue: false });
    await dialog.setProps({ modelValue: true });
    await flushPromises();
    expect(text()).toContain("最近用过");
    expect(text()).toContain("核实 地址");
  });

  it("says at the field that a reason is missing, and does nothing", async () => {
    await send(" x ");
    expect(perform).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(text()).toContain("请填写原因，2 至 200 字。"));
  });

  it("stays open and says why it could not be done", async () => {
    perform.mockRejectedValue(new ApiError(null, 0));
    await send("核实地址");
    expect(text()).toContain("无法连接服务器");
    expect(dialog.emitted("update:modelValue")).toBeUndefined();
    expect(localStorage.getItem("reasons")).toBeNull();
  });
});
