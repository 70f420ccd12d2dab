/** Which page an address is, and who is let in. */
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";
import { isServed } from "@/api/client";
import type { Page } from "@/session/page";
import { useSession } from "@/session/session";
import { WALL_PATH } from "@/wallboard/address";
import NotLoaded from "./NotLoaded.vue";
import { homeOf, PAGES } from "./pages";

declare module "vue-router" {
  interface RouteMeta {
    /** Null where there is no page. */
    page?: Page;
    /** Shown without the frame, to everybody. */
    isOpenToAll?: boolean;
  }
}

const RELOADED = "reloaded-for-file";
const MISSING_FILE = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i;

const routes: RouteRecordRaw[] = [
  {
    path: "/sign-in",
    name: "sign-in",
    component: () => import("@/session/SignInPage.vue"),
    meta: { isOpenToAll: true },
  },
  {
    // the secret of its link lets a screen in, and nobody signs in there
    path: WALL_PATH,
    name: "wall",
    component: () => import("@/wallboard/WallPage.vue"),
    meta: { isOpenToAll: true },
  },
  {
    path: "/",
    component: () => import("./Shell.vue"),
    children: [
      { path: "", name: "home", component: () => import("./NoPages.vue") },
      ...PAGES.map((page) => ({ path: page.path, name: page.name, component: page.load, meta: { page } })),
      { path: "no-right", name: "no-right", component: () => import("./NoRight.vue") },
      { path: "not-loaded", name: "not-loaded", component: NotLoaded },
      { path: ":path(.*)*", name: "not-found", component: () => import("./NotFound.vue") },
    ],
  },
];
if (import.meta.env.DEV) {
  routes.unshift({ path: "/design", component: () => import("./DesignPage.vue"), meta: { isOpenToAll: true } });
}

export const router = createRouter({ history: createWebHistory(), routes });

router.beforeEach(async (to) => {
  if (to.meta.isOpenToAll) return true;
  const session = useSession();
  if (session.user === null && !(await session.find())) return signInFor(to);
  if (session.user === null) return false;
  if (to.name === "home") {
    const home = homeOf(session.user);
    return home === null ? true : { name: home.name };
  }
  const right = to.meta.page?.right ?? null;
  if (right !== null && !session.may(right)) return { name: "no-right", query: { right }, replace: true };
  return true;
});

function signInFor(to: RouteLocationNormalized) {
  return { name: "sign-in", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
}

router.onError((error, to) => {
  if (MISSING_FILE.test(String(error))) void loadAnew(to.fullPath, String(error));
});

/**
 * A file of the version before is gone after an update: the page as it is served now knows its own. Once for each file,
 * because one that is missing for another reason would make the page reload for ever; and not while the backend is away,
 * because what is open would be lost for nothing.
 */
async function loadAnew(address: string, missing: string): Promise<void> {
  const mark = `${address} ${missing}`;
  if (!(await isServed())) return;
  if (sessionStorage.getItem(RELOADED) === mark) {
    await router.replace({ name: "not-loaded", query: { to: address } });
    return;
  }
  sessionStorage.setItem(RELOADED, mark);
  location.assign(address);
}
