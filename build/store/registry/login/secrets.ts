import { Buffer } from "node:buffer";
import type { Credential } from "./credentials.ts";

/** The Authorization of a user and a password. */
export function basic(username: string, password: string): string {
  return `Basic ${base64(`${username}:${password}`)}`;
}

/** Notes everything that must not get into a message for this credential to stay secret. */
export function keepSecret(credential: Credential, secrets: Set<string>): void {
  if ("registryToken" in credential) return addForms(credential.registryToken, secrets);
  const { username = "" } = credential;
  const secret = "password" in credential ? credential.password : credential.identityToken;
  // First what has the others in it: secrets are taken out of messages in their order.
  secrets.add(base64(`${username}:${secret}`));
  addForms(secret, secrets);
}

/** A secret as it is, and as it stands in forms, in JSON and in Authorization headers. */
export function addForms(secret: string, secrets: Set<string>): void {
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  for (
    const text of [secret, encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1)]
  ) {
    secrets.add(text);
  }
  secrets.add(base64(secret));
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
