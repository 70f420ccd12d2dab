import { createPinia } from "pinia";
import { createApp } from "vue";
import "./design/elements.css";
import "./design/tokens.css";
import "./design/base.css";
import { watchForWaking, onWake } from "./design/clock";
import { i18n } from "./messages";
import { useSession } from "./session/session";
import App from "./shell/App.vue";
import { router } from "./shell/router";

const app = createApp(App).use(createPinia()).use(i18n).use(router);
watchForWaking();
onWake(() => void useSession().load().catch(() => undefined));
app.mount("#app");
