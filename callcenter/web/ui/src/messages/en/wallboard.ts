/** The wallboard. */
export default {
  title: "Wallboard",
  waiting: "Waiting",
};
