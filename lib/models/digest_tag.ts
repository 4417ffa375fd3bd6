/** Tag whose value no two versions of one model share: what makes a repeated log find the existing version. */
export const DIGEST_TAG = "boathouse.digest";
