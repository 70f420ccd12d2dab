/** Numbers as people read them aloud. Pure. */

const MOBILE = /^(?:\+86)?(1\d{2})(\d{4})(\d{4})$/;

/** `138 1234 5678`; what is masked, or is no mobile number, stays as the backend writes it. */
export function spokenNumber(number: string): string {
  return number.replace(MOBILE, "$1 $2 $3");
}
