/** Something the operator has to put right; unlike a defect it says what (status 500). */
export class AdminFailure extends Error {
  override readonly name = 'AdminFailure';
}
