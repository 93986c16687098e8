/** Who signs: a key file, or another program that holds the key, a vault's command line for one. */
import { spawn } from 'node:child_process';
import { bytesOfBase64, keyIdOf, type Signer, signerOf } from '#shared/model/signing.ts';
import { readKey } from './open.ts';

/** The public key lies beside the private one. */
export const publicKeyOf = (privateKey: string): string => `${privateKey.replace(/\.pem$/, '')}.pub.pem`;

export const fileSigner = async (file: string): Promise<Signer> =>
  signerOf(await readKey(file), await readKey(publicKeyOf(file)), file);

/**
 * A command line that reads what is to be signed from stdin and prints the signature as base64.
 * @param publicKey file of the key it signs with
 */
export async function programSigner(command: string, publicKey: string): Promise<Signer> {
  const key = await keyIdOf(await readKey(publicKey), publicKey);
  return {
    key,
    async sign(message) {
      const said = await output(command, message);
      const signature = bytesOfBase64(said.replace(/\s+/g, ''));
      if (signature?.length !== 64)
        throw new Error(
          `${command}: expected an Ed25519 signature of 64 bytes as base64, found '${said.trim().slice(0, 60)}'`,
        );
      return signature;
    },
  };
}

function output(command: string, input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stdin.on('error', () => {}); // it ended without reading; its exit code tells
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(Buffer.concat(chunks).toString())
        : reject(new Error(`${command}: expected a signature, found exit code ${code}`)),
    );
    child.stdin.end(input);
  });
}
