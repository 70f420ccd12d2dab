/** Words of closed lists that are needed before anybody is signed in. */
export default {
  Language: { zh: "中文", en: "English" },
  Theme: { system: "跟随系统", light: "浅色", dark: "深色" },
};
