/** Signing in and out. */
export default {
  title: "Sign in",
  name: "User name",
  password: "Password",
  signIn: "Sign in",
  nameNeeded: "Enter the user name.",
  nameWrong: "A user name has small letters, digits, dots, dashes and underscores.",
  passwordNeeded: "Enter the password.",
  over: "Your session is over",
  overHint: "Sign in again to go on. What you typed is still there.",
  otherUser: "Another user",
  otherUserHint: "This closes the page; what is not saved is lost.",
};
