/** The wall alone, which nobody operates. */
export default {
  title: "Wall",
  revoked: "This screen has been revoked",
  revokedHint: "Ask a supervisor for a new link.",
  noSecret: "The link is incomplete",
  noSecretHint: "Open the whole link that a supervisor gave you, with what follows the #.",
  opening: "Opening …",
  down: "Connection lost",
  databaseDown: "Database away",
};
