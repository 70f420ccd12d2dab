/** For tests alone: a component as the page mounts it, in Chinese. */
import { mount, RouterLinkStub } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import type { Component } from "vue";
import { i18n, setLocale } from "@/messages";
import "@/messages/board";
import "@/messages/callbacks";
import "@/messages/calls";
import "@/messages/pages";

export function mounted(component: Component, props: Record<string, unknown> = {}) {
  setLocale("zh-CN");
  const pinia = createPinia();
  setActivePinia(pinia);
  return mount(component, { props, global: { plugins: [pinia, i18n], stubs: { RouterLink: RouterLinkStub } }, attachTo: document.body });
}
