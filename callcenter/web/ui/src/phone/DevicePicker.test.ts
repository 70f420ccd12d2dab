import { flushPromises } from "@vue/test-utils";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { mounted } from "@/design/mounting";
import { choose, lookForDevices } from "./devices";
import DevicePicker from "./DevicePicker.vue";

const JABRA = { kind: "audiooutput", deviceId: "j", label: "Jabra" };
const ANY = { kind: "audiooutput", deviceId: "default", label: "扬声器" };

describe("DevicePicker", () => {
  let plugged = [ANY, JABRA];

  beforeEach(() => {
    plugged = [ANY, JABRA];
    vi.stubGlobal("navigator", { mediaDevices: { enumerateDevices: () => Promise.resolve(plugged) } });
  });

  it("shows the one in use, and says so while the chosen one is away", async () => {
    await lookForDevices();
    choose("headset", { id: "j", label: "Jabra" });
    const picker = mounted(DevicePicker, { role: "headset" });
    await flushPromises();
    expect(picker.get(".el-select__wrapper").text()).toBe("Jabra");
    expect(picker.find("[role=status]").exists()).toBe(false);
    plugged = [ANY];
    await lookForDevices();
    await flushPromises();
    expect(picker.get("[role=status]").text()).toBe("“Jabra”未连接，正在使用“扬声器”。");
    plugged = [ANY, JABRA];
    await lookForDevices();
    await flushPromises();
    expect(picker.find("[role=status]").exists()).toBe(false);
  });
});
