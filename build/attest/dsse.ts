import { joined } from "../oci/bytes.ts";

/**
 * What is signed of a payload in an envelope: its type goes along, so that a signature over a
 * document of one type is none over another.
 *
 * @param payloadType the media type
 * @see https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const head = encoder.encode(
    `DSSEv1 ${encoder.encode(payloadType).length} ${payloadType} ${payload.length} `,
  );
  return joined([head, payload], head.length + payload.length);
}
