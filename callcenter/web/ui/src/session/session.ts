/** Who is signed in, what they may do, and how they like the pages. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { api, ApiError, onSignedOut, take, type Schemas } from "@/api/client";
import { setServerTime, setTimezone } from "@/design/clock";
import { setTheme } from "@/design/theme";
import { setLocale, type Locale } from "@/messages";
import { forgetFiles } from "./unsentFiles";

type Session = Schemas["SessionView"];
type Preferences = Schemas["PreferencesView"];
type Choice = Partial<Omit<Preferences, "ringer_volume">>;
export type Right = Schemas["Right"];

const RETRY = 3_000;
const LOCALES: Readonly<Record<Schemas["Language"], Locale>> = { zh: "zh-CN", en: "en" };

export const useSession = defineStore("session", () => {
  const user = shallowRef<Session | null>(null);
  /** Who was signed in no longer is: the page stays, and asks for the password over it. */
  const isOver = ref(false);
  /** Why it cannot be known who is signed in. */
  const trouble = shallowRef<ApiError | null>(null);
  /** Another version is served than the one this page came with. */
  const isOutdated = ref(false);
  /** Chosen and not kept yet, because nobody was signed in; whoever signs in then chose it. */
  let chosenBefore: Choice = {};
  const preferences = computed(() => user.value?.preferences ?? null);

  onSignedOut(() => {
    isOver.value = user.value !== null;
  });

  /** Asks who is signed in. False where nobody is; throws ApiError where that cannot be known. */
  async function load(): Promise<boolean> {
    const sentAt = performance.now();
    try {
      const answer = await take(api.GET("/api/v1/session"));
      setServerTime(Date.parse(answer.server_time), sentAt, performance.now());
      setTimezone(answer.timezone);
      // once and for all: this page stays of its version whatever is asked later
      isOutdated.value ||= user.value !== null && user.value.version !== answer.version;
      user.value = answer;
      isOver.value = false;
      show(answer.preferences);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_signed_in") return false;
      throw error;
    }
  }

  /** Asks until it is known who is signed in; `trouble` says meanwhile why it is not. False where nobody is. */
  async function find(): Promise<boolean> {
    for (;;) {
      try {
        const isSomebody = await load();
        trouble.value = null;
        return isSomebody;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // a screen on the wall, at which nobody is signed in
        const isScreen = error.code === "right_required";
        trouble.value = isScreen ? null : error;
        if (isScreen) return false;
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
  }

  /** Throws ApiError. */
  async function signIn(name: string, password: string): Promise<void> {
    await take(api.POST("/api/v1/session", { body: { name, password } }));
    const chosen = chosenBefore;
    chosenBefore = {};
    await load();
    if (Object.keys(chosen).length > 0) await choose(chosen);
  }

  /** The browser forgets everything of the user. */
  async function signOut(): Promise<void> {
    try {
      await take(api.DELETE("/api/v1/session"));
    } catch (error) {
      // who is signed out already has what they wanted
      if (!(error instanceof ApiError && error.code === "not_signed_in")) throw error;
    }
    forget();
  }

  /** Also for somebody else who signs in where a session ended. */
  function forget(): void {
    user.value = null;
    isOver.value = false;
    localStorage.clear();
    sessionStorage.clear();
    forgetFiles();
  }

  /** Shown at once, kept at the backend for every browser of this user. Throws ApiError. */
  async function choose(chosen: Choice): Promise<void> {
    show(chosen);
    if (user.value === null) {
      chosenBefore = { ...chosenBefore, ...chosen };
      return;
    }
    try {
      const kept = await take(api.PATCH("/api/v1/session/preferences", { body: chosen }));
      user.value = { ...user.value, preferences: kept };
    } catch (error) {
      chosenBefore = { ...chosenBefore, ...chosen };
      throw error;
    }
  }

  function show(chosen: Choice): void {
    if (chosen.language) setLocale(LOCALES[chosen.language]);
    if (chosen.theme) setTheme(chosen.theme);
  }

  const may = (right: Right) => user.value?.rights.includes(right) ?? false;

  return { user, preferences, isOver, trouble, isOutdated, load, find, signIn, signOut, forget, choose, may };
});
