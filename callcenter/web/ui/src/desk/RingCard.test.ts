import { beforeEach, describe, expect, it } from "vitest";
import { mounted } from "@/design/mounting";
import { setServerTime } from "@/design/clock";
import RingCard from "./RingCard.vue";

const CALL = {
  direction: "inbound",
  number: "138****5678",
  name: "王*",
  origin: { chinese: null, english: null, carrier: "mobile" },
  queue: "hotline",
  state: "ringing",
  since: "2026-11-28T06:05:00Z",
  started_at: "2026-11-28T06:04:31Z",
  episode_id: null,
};

describe("RingCard", () => {
  beforeEach(() => setServerTime(Date.UTC(2026, 10, 28, 6, 5, 9), performance.now(), performance.now()));

  const card = (more: object = {}) => mounted(RingCard, { call: CALL, nth: 3, canAnswer: true, isPending: false, ...more });

  const facts = (more: object = {}) => card(more).findAll(".facts > *").map((fact) => fact.text());

  it("says who rings, in which queue, for how long, and the how many-th time today", () => {
    expect(facts()).toEqual(["来电", "hotline", "已等 00:38", "今天第 3 次"]);
    expect(card().findAll(".who > *").map((part) => part.text())).toEqual(["138****5678", "王*", "移动号段"]);
    const place = { chinese: "江苏常州", english: "Changzhou, Jiangsu", carrier: null };
    expect(card({ call: { ...CALL, number: "0519-****0042", origin: place } }).get(".origin").text()).toBe("江苏常州");
  });

  it("leaves out what is not known", () => {
    const unknown = { nth: null, call: { ...CALL, queue: null, number: null, name: null, origin: null } };
    expect(facts(unknown)).toEqual(["来电", "已等 00:38"]);
    expect(card(unknown).get(".who").text()).toBe("号码隐藏");
  });

  it("names a colleague as one", () => {
    const colleague = { ...CALL, direction: "internal", number: undefined, name: null, origin: null, queue: null };
    expect(facts({ call: colleague, nth: null })).toEqual(["内线", "已等 00:38"]);
    expect(card({ call: colleague }).get(".who").text()).toBe("同事");
    const notYetKnown = { ...colleague, direction: "inbound" };
    expect(card({ call: notYetKnown }).get(".who").text()).toBe("正在读取…");
  });

  it("is answered and ignored by its buttons", async () => {
    const ring = card();
    for (const button of ring.findAll("button")) await button.trigger("click");
    expect(ring.emitted()).toMatchObject({ answer: [[]], ignore: [[]] });
  });

  it("of a desk phone has no button that could not work", () => {
    expect(card({ canAnswer: false }).findAll("button")).toEqual([]);
    expect(card({ canAnswer: false }).text()).toContain("请在话机上接听");
  });
});
