# Steps that several front-door scripts take. Sourced, from the top of the tree, by scripts under `set -euo pipefail`.

# show_steps WORDS: one line on a terminal that says how far something is, WORDS and the newest line of standard input, gone at the end. Elsewhere silent.
show_steps() {
  local step
  while IFS= read -r step; do
    if [ -t 1 ]; then printf '\r\033[K%s %s ' "$1" "$step"; fi
  done
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# configure DIR [MESON OPTION…]: sets a build directory up once.
configure() {
  local dir=$1 log
  shift
  [ -f "$dir/build.ninja" ] && return
  log=$(mktemp)
  if ! meson setup "$dir" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 3
  fi
  rm -f "$log"
}

# compile DIR BIN: builds, shows "[12/340]" on a terminal, and puts the programs into BIN. Silent unless it fails.
compile() {
  local dir=$1 bin=$2 log
  log=$(mktemp)
  if ! ninja -C "$dir" 2>&1 | tee "$log" | sed -unE 's|^(\[[0-9]+/[0-9]+\]).*|\1|p' | show_steps "Biên dịch / building"; then
    grep -E 'error|FAILED|ninja:' "$log" | sed -n 1,40p >&2 || tail -5 "$log" >&2
    rm -f "$log"
    return 3
  fi
  rm -f "$log"
  mkdir -p "$bin"
  local program
  for program in $(programs "$dir"); do ln -f "$program" "$bin/"; done
}

# The programs and workers of a build directory.
programs() { find "$1/src" -type f -name "khien*" ! -name khien-synthetic ! -name khien-document ! -name khien-lines -perm -u+x ! -path "*.p/*"; }

# The console, when its sources or the spec are newer than the last build.
build_web() {
  [ -f web/package.json ] || return 0
  if [ -f out/web/index.html ] && [ -z "$(find web/src web/build web/public web/index.html web/vite.config.ts web/package-lock.json spec/api spec/controls spec/registers spec/i18n spec/codes.yaml spec/errors.yaml ! -path 'web/src/gen/*' -newer out/web/index.html -print -quit)" ]; then
    return 0
  fi
  local log
  log=$(mktemp)
  [ -t 1 ] && printf 'Dựng giao diện / building the console … '
  if ! (
    cd web &&
      { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund; } &&
      KHIEN_WEB_OUT="$PWD/../out/web" npm run build
  ) >"$log" 2>&1; then
    tail -30 "$log" >&2
    rm -f "$log"
    return 3
  fi
  touch out/web/index.html
  [ -t 1 ] && printf '\r\033[K'
  rm -f "$log"
}
