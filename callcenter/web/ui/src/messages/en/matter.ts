/** The words of the page of one matter, beside those of all matters. */
import ticketParts from "./ticketParts";

export default { tickets: ticketParts };
