import type { TempDir } from '../../test/support/temp-dir.ts';

/** Headers that differ from request to request, in Lua; `fresh` has nine digits as base64, another each time. */
export const FLOODS = {
  /** One client that guesses at one name: `ada:1` and nine digits. */
  'one guesser': 'headers.Authorization = "Basic bWljYTox" .. fresh; headers["X-Forwarded-For"] = "198.51.100.66"',
  /** A name and an address that nobody has seen, each time, so that no counter knows them. */
  'a botnet': `headers.Authorization = "Basic " .. fresh .. "OnBhc3M="
  headers["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256)`,
};

const script = (headers: Readonly<Record<string, string>>, change: string): string => `
local code = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local digits = {}
for i = 0, 999 do
  local a, b, c = string.format("%03d", i):byte(1, 3)
  local bits, text = a * 65536 + b * 256 + c, ""
  for shift = 3, 0, -1 do
    local at = math.floor(bits / 64 ^ shift) % 64 + 1
    text = text .. code:sub(at, at)
  end
  digits[i] = text
end
local headers = {${Object.entries(headers).map(([name, value]) => `["${name}"] = "${value}"`)}}
local n = ${Math.floor(Math.random() * 900)} * 1000000
function request()
  n = n + 1
  local fresh = digits[math.floor(n / 1000000) % 1000] .. digits[math.floor(n / 1000) % 1000] .. digits[n % 1000]
  ${change}
  return wrk.format("GET", nil, headers)
end
`;

/** Written anew for each flood, so that none repeats what another tried. @returns a script for wrk */
export const writeFlood = (
  dir: TempDir,
  headers: Readonly<Record<string, string>>,
  kind: keyof typeof FLOODS,
): Promise<string> => dir.write('flood.lua', script(headers, FLOODS[kind]));
