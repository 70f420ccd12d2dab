/**
 * The phone in the page: whose it is, its registration, its call. It follows the desk as the backend tells it, so that
 * what the PBX says counts and never the library's word alone.
 */
import { defineStore } from "pinia";
import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { PhoneCall } from "./call";
import { Comeback } from "./comeback";
import { onDevices } from "./devices";
import { afterOutage, failureOf, type Failure } from "./failures";
import { Lease } from "./lease";
import { answersItself, callsToBringBack, type Desk } from "./rules";
import type { CallEars, PhoneEars, SipPhone } from "./sipWords";
import { closeMicrophone, hearOther, isOtherMicrophone, microphoneForCall, MicrophoneError, openMicrophone } from "./sound";
import { isHere, isUp, nextPhone, type PhoneEvent, type PhoneState } from "./states";
import { becomePhone, isSomeTabPhone, stopBeingPhone, whenNoTabIsPhone } from "./tab";

/** Where the phone is that is not here. */
export type Elsewhere = "tab" | "browser";

const CHECKED = "phone-sound-checked";
const LOOK = 1_000;

export const usePhone = defineStore("phone", () => {
  const state = ref<PhoneState>("off");
  const failure = shallowRef<Failure | null>(null);
  const elsewhere = ref<Elsewhere>("browser");
  /** Since when the WebSocket is down, by the page's own clock; null while it is up. */
  const downSince = ref<number | null>(null);
  const call = shallowRef<PhoneCall | null>(null);
  /** The colleague who is asked before a transfer. */
  const consultation = shallowRef<PhoneCall | null>(null);
  const isChecked = ref(false);
  let desk: () => Desk | null = () => null;
  const lease = new Lease();
  const comeback = new Comeback();
  let sip: SipPhone | null = null;
  let isRegistered = false;
  /** The PBX does not take the login. */
  let isRefused = false;
  let wasOwner = false;
  /** Off by the agent's own hand. */
  let isUnwanted = false;
  let lostCalls: string[] = []; // of the page that was here before this one was loaded
  let stopLooking: (() => void) | null = null;

  const hasCall = computed(() => call.value !== null && call.value.state !== "ended");
  const turn = (event: PhoneEvent) => (state.value = nextPhone(state.value, event));

  /** The desk's stream, for as long as the scope that calls this lives: with it ends the phone of who signs out. */
  function follow(said: () => Desk | null): void {
    desk = said;
    isChecked.value = sessionStorage.getItem(CHECKED) !== null;
    isUnwanted = false;
    onScopeDispose(() => {
      drop();
      turn("given_back");
    });
    watch(said, hear, { immediate: true });
    watch([state, () => said()?.phone?.owner], (_, [, before]) => void resume(before), { immediate: true });
  }

  /** The sound check was passed in this tab. */
  function passCheck(): void {
    isChecked.value = true;
    sessionStorage.setItem(CHECKED, "passed");
  }

  /** A page that is loaded anew has the phone again; one beside it says where the phone is. */
  async function resume(before?: Schemas["PhoneOwner"]): Promise<void> {
    const owner = desk()?.phone?.owner ?? "none";
    if (before === "elsewhere" && owner !== before && elsewhere.value === "browser" && !isHere(state.value)) turn("given_back");
    if (state.value !== "off" || owner === "none" || isUnwanted) return;
    if (owner === "elsewhere") lose("browser");
    else if (isChecked.value) await ask();
    else if (await isSomeTabPhone()) lose("tab");
  }

  /** Have the phone here; `takesOver` from another tab or browser of the same user. */
  async function ask(takesOver = false): Promise<void> {
    if (isHere(state.value)) return;
    failure.value = null;
    isUnwanted = false;
    turn("ask");
    if (!(await becomePhone(takesOver, () => lose("tab")))) {
      lose("tab");
      return;
    }
    try {
      const lost = callsToBringBack(desk());
      await openMicrophone();
      const [login, { openPhone }] = await Promise.all([lease.ask(takesOver), import("./sip")]);
      if (state.value !== "asking") return;
      lostCalls = lost;
      sip = openPhone(login, ears);
      turn("granted");
      look();
    } catch (error) {
      if (error instanceof ApiError && error.code === "device_taken") lose("browser");
      else refuse(failureOf(error));
    }
  }

  /** Nobody's any more, here or anywhere. */
  async function giveBack(): Promise<void> {
    isUnwanted = true;
    drop();
    turn("given_back");
    await take(api.DELETE("/api/v1/phone"));
  }

  function lose(where: Elsewhere): void {
    elsewhere.value = where;
    drop();
    turn("found_elsewhere");
    if (where === "tab") void whenNoTabIsPhone().then(() => elsewhere.value === "tab" && !isHere(state.value) && turn("given_back"));
  }

  function refuse(why: Failure): void {
    failure.value = why;
    drop();
    turn("refused");
    afterOutage(why, () => void (failure.value === why && state.value === "failed" && ask()));
  }

  function drop(): void {
    sip?.stop();
    sip = null;
    isRegistered = isRefused = wasOwner = false;
    downSince.value = null;
    call.value = consultation.value = null;
    stopLooking?.();
    closeMicrophone();
    stopBeingPhone();
  }

  const ears: PhoneEars = {
    disconnected() {
      isRegistered = false;
      downSince.value ??= performance.now();
      settle();
    },
    registered() {
      isRegistered = true;
      isRefused = false;
      if (downSince.value !== null) {
        call.value?.renegotiate();
        consultation.value?.renegotiate();
      }
      downSince.value = null;
      settle();
      for (const key of lostCalls.splice(0)) void comeback.hasten(key);
    },
    refused() {
      isRegistered = false;
      isRefused = true;
      settle();
      void renew();
    },
    rung(takeIt, callId, refuseIt) {
      const seat = desk()?.seat;
      const key = callId === null || !seat ? null : `${seat.pbx}/${callId}`;
      // the PBX has lost this page, and the page did not notice
      if (key !== null && key === call.value?.key && isUp(call.value.state) && consultation.value === null) {
        call.value.drop();
        comeback.expect(key);
      }
      if (hasCall.value) {
        refuseIt();
        return;
      }
      const rung = new PhoneCall("ringing", key, takeIt, (isLost) => ended(rung, isLost));
      call.value = rung;
      if (answersItself(desk(), key, comeback.calls)) answer();
      if (key !== null) comeback.forget(key);
    },
  };

  function answer(): void {
    call.value?.answer();
  }

  /** Rings a colleague; while a call is up it waits meanwhile. */
  function dial(number: string): void {
    if (sip === null) return;
    const phone = sip;
    const open = (callEars: CallEars) => phone.dial(number, microphoneForCall(), callEars);
    const dialled = new PhoneCall("dialling", null, open, (isLost) => ended(dialled, isLost));
    if (hasCall.value) {
      call.value?.consult();
      consultation.value = dialled;
    } else call.value = dialled;
  }

  function ended(one: PhoneCall, isLost: boolean): void {
    if (isLost && one.key !== null) comeback.expect(one.key);
    if (one === consultation.value) {
      consultation.value = null;
      call.value?.takeBack();
      return;
    }
    if (one !== call.value) return;
    const next = consultation.value;
    consultation.value = null;
    call.value = next;
    if (next === null) void hearOther(null);
  }

  /** The two others talk to each other, without the agent. */
  function completeTransfer(): void {
    if (consultation.value !== null) call.value?.transferInto(consultation.value);
  }

  function settle(): void {
    const said = desk()?.phone;
    turn(isRegistered && said?.is_registered === true ? "registered" : "unregistered");
  }

  function hear(said: Desk | null): void {
    if (said === null || !isHere(state.value) || state.value === "asking") return;
    call.value?.hear(said);
    // the phone may have rung before the backend has told why
    if (call.value?.state === "ringing" && answersItself(said, call.value.key, comeback.calls)) answer();
    const owner = said.phone?.owner ?? null;
    if (owner === "here") wasOwner = true;
    // what was heard before the login was made says nothing of it
    if (owner === "here" || !wasOwner) settle();
    else if (owner === "elsewhere") lose("browser");
    else if (said.is_reading) endOfLogin(owner === null);
  }

  /** Whoever has signed off talks to the end of the call; who has not, as after another password, gets another. */
  function endOfLogin(isSignedOff: boolean): void {
    if (!isSignedOff) void renew();
    else if (!hasCall.value) {
      drop();
      turn("given_back");
    }
  }

  /** Each second, for as long as the phone is here. */
  function look(): void {
    const timer = setInterval(() => {
      hear(desk());
      call.value?.listen();
      consultation.value?.listen();
      if (isRefused && !hasCall.value && !lease.isJustAsked()) refuse("login_over");
      else if (lease.isDue(hasCall.value)) void renew();
    }, LOOK);
    const forget = onDevices(() => void changeDevices());
    stopLooking = () => {
      clearInterval(timer);
      forget();
    };
  }

  /** Another login in place of the one that ends soon, or that the PBX takes no more. */
  async function renew(): Promise<void> {
    if (lease.isJustAsked()) return;
    try {
      sip?.renew(await lease.ask(false));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "device_taken") lose("browser");
      else if (isRefused && !hasCall.value && error.code !== "unreachable") refuse(error);
    }
  }

  /** Others were chosen, or plugged in or out. */
  async function changeDevices(): Promise<void> {
    if (!isHere(state.value)) return;
    try {
      if (isOtherMicrophone()) await openMicrophone();
      await call.value?.replaceDevices();
      await consultation.value?.replaceDevices();
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
    }
  }

  return {
    state,
    failure,
    elsewhere,
    downSince,
    call,
    consultation,
    hasCall,
    isChecked,
    follow,
    passCheck,
    ask,
    giveBack,
    answer,
    dial,
    completeTransfer,
    changeDevices,
  };
});
