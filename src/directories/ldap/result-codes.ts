/** Result codes of RFC 4511 Appendix A. */
export const CODE = {
  success: 0,
  sizeLimit: 4,
  constraint: 19,
  noSuchObject: 32,
  inappropriate: 48,
  invalid: 49,
  unwilling: 53,
};

/** What a server answers to a bind when it is the account or its password that is not right, locked or expired. */
export const REFUSED: readonly number[] = [
  CODE.invalid,
  CODE.noSuchObject,
  CODE.inappropriate,
  CODE.constraint,
  CODE.unwilling,
];
