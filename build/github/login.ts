import { parseRepository, type Repository } from "../oci/reference.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
import { type GivenLogin, withGiven } from "../store/registry/login/given.ts";
import { keepSecret } from "../store/registry/login/secrets.ts";
import { type CommandName, type Inputs, missingInput } from "./inputs.ts";
import type { Runner } from "./runner.ts";

/**
 * Has the runner take the password out of the log, in every form in which it may travel, before
 * anything else is done.
 *
 * @returns those forms
 */
export function maskLogin(
  given: ReadonlyMap<string, string>,
  runner: Runner,
): ReadonlySet<string> {
  const [username = "", password = ""] = ["username", "password"].map((name) => given.get(name));
  const secrets = new Set<string>();
  if (password !== "") keepSecret({ username, password }, secrets);
  for (const secret of secrets) runner.setSecret(secret);
  return secrets;
}

/**
 * `REGISTRY/pause`, as REGISTRY means it.
 * @throws PauseError `usage`
 */
export function repositoryIn(registry: string): Repository {
  return parseRepository(`${registry.replace(/\/+$/, "")}/pause`);
}

/**
 * Where logins are looked up: that of the inputs is for the host of `registry` alone, and those of
 * other registries are what docker/login-action leaves in config.json.
 *
 * @throws PauseError `usage` for a login that is not whole, or not for any registry
 */
export function credentialsFor(inputs: Inputs, signal: AbortSignal): CredentialSource | undefined {
  const login = loginIn(inputs);
  return login && withGiven(login, { signal });
}

function loginIn(inputs: Inputs): GivenLogin | undefined {
  const { username, password, registry } = inputs;
  const command = inputs.command as CommandName;
  if (username === "" && password === "") return undefined;
  // Of a build that is not pushed, nobody is asked: so it goes in forks, which get no secrets.
  if (command === "build" && inputs.push === "false") return undefined;
  if (username === "") throw missingInput("log in", "username", "Say whose the password is");
  if (password === "") {
    const next = "Workflows of forks get no secrets; leave username out, too, to do without";
    throw missingInput("log in", "password", next);
  }
  if (registry === "") {
    const next = "Say which registry the username and password are for, such as registry: ghcr.io";
    throw missingInput("log in", "registry", next);
  }
  const { host } = repositoryIn(registry);
  return { host, username, password, from: "the inputs username and password" };
}
