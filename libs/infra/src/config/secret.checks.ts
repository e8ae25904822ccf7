import { type Check, type Facts } from './check';
import { reachOf } from './listener.checks';
import { type Secret } from './secret';

const DEV_API_KEY = 'arbiter-dev-key';
const DEV_SIGNING_SECRET = 'arbiter-dev-secret-change-in-production';
const API_KEY_MIN_CHARS = 16;
/** HS256 wants a key as long as its digest (§8.4). */
const SIGNING_SECRET_MIN_BYTES = 32;

const publishedAmong = ({ apiKey, signingSecret }: Facts['values']['admin']): readonly string[] => [
  ...(apiKey?.reveal() === DEV_API_KEY ? ['admin.api_key'] : []),
  ...(signingSecret?.reveal() === DEV_SIGNING_SECRET ? ['admin.signing_secret'] : []),
];

/** E4, E5, and D1: a newcomer may use them where nobody else can reach the service. */
export const noDevelopmentSecrets: Check = (facts, findings) => {
  const reach = reachOf(facts);
  for (const path of publishedAmong(facts.values.admin)) {
    if (reach === 'this machine') {
      findings.warning(
        `INSECURE: ${path} is the published development default, which everybody knows. ` +
          'It is accepted only while both listeners are on loopback',
      );
    } else if (reach === 'the network') {
      findings.problem(
        `${path} is the published development default, which is refused unless both listeners are on loopback`,
      );
    }
  }
};

const weaknessOf = (secret: Secret | undefined, weak: (text: string) => boolean): boolean =>
  secret !== undefined && weak(secret.reveal());

/** `[X]` of §1.4. */
export const strongSecrets: Check = ({ values: { admin } }, findings) => {
  const { apiKey, signingSecret } = admin;
  const short = (key: string): boolean => key !== DEV_API_KEY && key.length < API_KEY_MIN_CHARS;
  if (weaknessOf(apiKey, short)) {
    findings.warning(`admin.api_key has fewer than ${API_KEY_MIN_CHARS} characters`);
  }
  if (weaknessOf(signingSecret, (text) => Buffer.byteLength(text) < SIGNING_SECRET_MIN_BYTES)) {
    findings.warning(
      `admin.signing_secret has fewer than ${SIGNING_SECRET_MIN_BYTES} bytes: issuing agent tokens will fail`,
    );
  }
};
