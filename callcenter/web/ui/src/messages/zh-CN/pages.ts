/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import cases from "./cases";
import casework from "./casework";
import caseworkEnums from "./caseworkEnums";
import desk from "./desk";
import enums from "./enums";
import grounds from "./grounds";
import phone from "./phone";
import refusals from "./refusals";
import ticketEnums from "./ticketEnums";
import tickets from "./tickets";
import titles from "./titles";

export default {
  cases,
  casework,
  desk,
  enums: { ...enums, ...accountEnums, ...caseworkEnums, ...ticketEnums },
  grounds,
  phone,
  refusals,
  tickets,
  titles,
};
