/** Numbers as people read them aloud. Pure. */

const MOBILE = /^1\d{10}$/;

/** `138 1234 5678`; what is masked, or is no mobile number, stays as the backend writes it. */
export function spokenNumber(number: string): string {
  return MOBILE.test(number) ? `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}` : number;
}
