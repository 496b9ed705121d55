import type { Import } from "./pe.ts";

/**
 * What our programs for Windows import, by their names: what the definitions beside their sources
 * name. Whoever checks a program has no sources; a test holds these to the definitions.
 */
export const WINDOWS_IMPORTS: Readonly<Record<"pause" | "wincat", readonly Import[]>> = {
  pause: [{
    library: "kernel32.dll",
    functions: [
      "ExitProcess",
      "GetCommandLineW",
      "GetStdHandle",
      "SetConsoleCtrlHandler",
      "Sleep",
      "WriteFile",
    ],
  }],
  wincat: [{
    library: "kernel32.dll",
    functions: [
      "CloseHandle",
      "CreateThread",
      "ExitProcess",
      "FormatMessageW",
      "GetCommandLineW",
      "GetExitCodeThread",
      "GetLastError",
      "GetStdHandle",
      "ReadFile",
      "WaitForSingleObject",
      "WideCharToMultiByte",
      "WriteFile",
    ],
  }, {
    library: "ws2_32.dll",
    functions: [
      "GetAddrInfoW",
      "WSAGetLastError",
      "WSAStartup",
      "closesocket",
      "connect",
      "recv",
      "send",
      "setsockopt",
      "shutdown",
      "socket",
    ],
  }],
};
