/** The wallboard. */
export default {
  title: "看板",
  waiting: "等待中",
};
