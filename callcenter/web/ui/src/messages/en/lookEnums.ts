/** Words of closed lists that are needed before anybody is signed in. */
export default {
  Language: { zh: "中文", en: "English" },
  Theme: { system: "as the system", light: "light", dark: "dark" },
};
