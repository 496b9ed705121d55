import { fileURLToPath } from "node:url";
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** Milliseconds that a runtime has for one answer. */
const PATIENCE = 60_000;

/**
 * Asks a runtime by a method's name, as the kubelet does. Fields have the names of `cri.proto`, in
 * camel case.
 *
 * @throws Error of gRPC, with the runtime's words, when it refuses
 */
export type Ask = <Answer = unknown>(method: string, request?: unknown) => Promise<Answer>;

/** What gRPC makes of a service: a method takes a request, and answers by a callback. */
type Method = (
  request: unknown,
  metadata: Metadata,
  options: { readonly deadline: number },
  callback: (error: ServiceError | null, answer: unknown) => void,
) => void;

type Stub = Client & Readonly<Record<string, Method | undefined>>;

interface Services {
  readonly runtime: {
    readonly v1: Readonly<
      Record<string, new (address: string, credentials: ChannelCredentials) => Stub>
    >;
  };
}

/** Gives `use` a client of the runtime at a Unix socket, and closes it afterwards. */
export async function withCriClient<T>(
  socket: string,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  const stubs = ["RuntimeService", "ImageService"].map((name) => connect(socket, name));
  try {
    return await use(async (method, request = {}) => {
      const stub = stubs.find((candidate) => method in candidate);
      if (stub === undefined) throw new Error(`cri.proto has no ${method}`);
      return await call(stub, method, request);
    });
  } finally {
    for (const stub of stubs) stub.close();
  }
}

function connect(socket: string, service: string): Stub {
  const definition = loadSync(fileURLToPath(new URL("cri.proto", import.meta.url)), {
    defaults: true,
    enums: String,
    longs: Number,
  });
  const { runtime } = loadPackageDefinition(definition) as unknown as Services;
  const Service = runtime.v1[service];
  if (Service === undefined) throw new Error(`cri.proto has no ${service}`);
  return new Service(`unix://${socket}`, credentials.createInsecure());
}

function call<Answer>(stub: Stub, method: string, request: unknown): Promise<Answer> {
  // A runtime that is started again is connected to again.
  const metadata = new Metadata({ waitForReady: true });
  return new Promise((resolve, reject) => {
    stub[method]?.(request, metadata, { deadline: Date.now() + PATIENCE }, (error, answer) => {
      if (error) reject(error);
      else resolve(answer as Answer);
    });
  });
}
