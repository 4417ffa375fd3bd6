/**
 * Who may ask what of a plane: tokens, roles, rates.
 *
 * @module
 */
export type { Control, ControlState } from "../../lib/control/mod.ts";
export type { Settings } from "../../lib/config/mod.ts";
export type { Store } from "../../lib/store/mod.ts";
export { type Access, checkProduct, type Identity, openAccess } from "./access.ts";
export {
  createToken,
  type ListedToken,
  listTokens,
  revokeToken,
  type TokenParts,
  type TokenRequest,
} from "./create_token.ts";
export { refuseUnguarded } from "./refuse_unguarded.ts";
export { type Need, type Role, ROLES } from "./role.ts";
export type { TokenSpec } from "./token_spec.ts";
