#!/usr/bin/env bash
# What the Procfile runs: TabPy on loopback, and dashgate on the port that the router knows. When one ends, so does the other.
set -eu

: "${PORT:?is not set; it is the port to answer on}"
: "${HEROKU_APP_DEFAULT_DOMAIN_NAME:=}"
public_url=${DASHGATE_SERVER_PUBLIC_URL:-${HEROKU_APP_DEFAULT_DOMAIN_NAME:+https://$HEROKU_APP_DEFAULT_DOMAIN_NAME}}
if [ -z "$public_url" ]; then
  echo 'web.sh: where clients find this app is not known; heroku config:set DASHGATE_SERVER_PUBLIC_URL=https://…herokuapp.com' >&2
  exit 2
fi

export PATH="$PWD/node_modules/.bin:$PATH"
mkdir -p tabpy-state

(
  # A script that is sent to TabPy can read TabPy's environment.
  env -u USERNAME -u PASSWORD -u TABPY_PWD_FILE -u DASHGATE_SERVER_PUBLIC_URL \
    python examples/tabpy/on_loopback.py --config deploy/heroku/tabpy.conf --disable-auth-warning &
  tabpy=$!
  # $$ is this shell, which dashgate takes the place of.
  while kill -0 $$ 2>/dev/null && kill -0 "$tabpy" 2>/dev/null; do sleep 1; done
  kill "$tabpy" $$ 2>/dev/null
) &

exec node --disable-warning=ExperimentalWarning dist/main.js serve --users-from-env --config deploy/heroku/dashgate.yaml \
  --server.listen "0.0.0.0:$PORT" --server.public_url "$public_url"
