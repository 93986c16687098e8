/**
 * Signatures of releases: Ed25519 (RFC 8032) through Web Crypto, which Node and browsers both have. What signs may also be a key
 * that never leaves its vault: whatever can sign a short text is a `Signer`. Key files are PEM (RFC 7468), as OpenSSL has them.
 */
import { sha256 } from './manifest.ts';

export interface Signer {
  /** `keyIdOf` its public key. */
  readonly key: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface Verifier {
  readonly key: string;
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

export interface KeyPair {
  /** PKCS #8 and SPKI, as PEM. */
  readonly privatePem: string;
  readonly publicPem: string;
}

const ALGORITHM = 'Ed25519';

export async function makeKeyPair(): Promise<KeyPair> {
  const pair = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPair;
  const exported = async (format: 'pkcs8' | 'spki', key: CryptoKey) =>
    new Uint8Array(await crypto.subtle.exportKey(format, key));
  return {
    privatePem: pemOf('PRIVATE KEY', await exported('pkcs8', pair.privateKey)),
    publicPem: pemOf('PUBLIC KEY', await exported('spki', pair.publicKey)),
  };
}

/** @param file for messages @throws Error when the texts hold no such keys, or keys that do not belong together */
export async function signerOf(privatePem: string, publicPem: string, file: string): Promise<Signer> {
  const der = bytesOfPem('PRIVATE KEY', privatePem, file);
  const key = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']).catch(() => notEd25519(file));
  const signer: Signer = {
    key: await keyIdOf(publicPem, file),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, owned(message))),
  };
  const probe = new TextEncoder().encode('firstbreak');
  if (!(await (await verifierOf(publicPem, file)).verify(probe, await signer.sign(probe))))
    throw new Error(`${file}: expected a private and a public key that belong together, found two that do not`);
  return signer;
}

/** @throws Error when the text is no public key */
export async function verifierOf(publicPem: string, file: string): Promise<Verifier> {
  const der = bytesOfPem('PUBLIC KEY', publicPem, file);
  const key = await crypto.subtle.importKey('spki', der, ALGORITHM, true, ['verify']).catch(() => notEd25519(file));
  return {
    key: await keyIdOf(publicPem, file),
    verify: (message, signature) => crypto.subtle.verify(ALGORITHM, key, owned(signature), owned(message)),
  };
}

/** First 16 hexadecimal digits of the SHA-256 of the public key (SPKI, DER). */
export const keyIdOf = async (publicPem: string, file: string): Promise<string> =>
  (await sha256(bytesOfPem('PUBLIC KEY', publicPem, file))).slice(0, 16);

export const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** undefined: not base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

const owned = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

function notEd25519(file: string): never {
  throw new Error(`${file}: expected an ${ALGORITHM} key, found another kind`);
}

function pemOf(label: string, der: Uint8Array): string {
  const lines = base64Of(der).match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function bytesOfPem(label: string, pem: string, file: string): Uint8Array<ArrayBuffer> {
  const found = new RegExp(`-----BEGIN ${label}-----([\\sA-Za-z0-9+/=]+)-----END ${label}-----`).exec(pem);
  const der = found && bytesOfBase64(found[1].replace(/\s+/g, ''));
  if (!der || der.length === 0)
    throw new Error(`${file}: expected a ${label.toLowerCase()} in PEM, found something else`);
  return der;
}
