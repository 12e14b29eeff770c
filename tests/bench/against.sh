# shellcheck shell=bash
# Compares this commit with another one: scripts/bench.sh --against COMMIT [PART]...
# shellcheck disable=SC2154 # lib.sh and scripts/bench.sh set them

kept=${XDG_CACHE_HOME:-$HOME/.cache}/thpc-node-agent/bench
pairs=${THPC_BENCH_PAIRS:-40}

against() { # COMMIT [PART]…
    local commit part
    commit=$(git rev-parse --verify --quiet "${1:-}^{commit}") || { echo "bench: --against needs a commit" >&2; exit 2; }
    shift
    [[ $# != 0 ]] || set -- start guard bootstrap boot https
    for part; do
        [[ $part =~ ^(start|guard|bootstrap|boot|https)$ ]] || { echo "bench: $part cannot be compared" >&2; exit 2; }
    done
    publish_here
    publish_other "$commit"
    # Equal names in one file system: the length of a path moves the stack.
    mkdir "$work/a" "$work/b"
    cp "$agent" "$work/a/published"
    cp "$kept/$commit" "$work/b/published"
    copy_again a b
    table=('| measured | this commit | the other | difference | 95 % interval | pairs | verdict |' '|---|---:|---:|---:|---:|---:|---|')
    for part; do "both_$part"; done
    machine
    echo "this commit: $(named "$work/a/agent"); the other: $(named "$work/b/agent")"
    printf '%s\n' "${table[@]}"
}

# The executable of artifacts is used if it is of this commit without changes.
publish_here() {
    [[ -z $(git status --porcelain) && -x $agent && $(named "$agent") == "$(git rev-parse HEAD)" ]] || publish_in "$PWD"
}

publish_other() { # COMMIT
    [[ ! -x $kept/$1 ]] || return 0
    mkdir -p "$kept"
    # The worktree may be that of another clone, which is gone or has other commits.
    if ! git -C "$kept/tree" checkout --quiet --force --detach "$1" 2>"$work/out"; then
        rm -rf "$kept/tree"
        git worktree prune
        git worktree add --quiet --detach "$kept/tree" "$1"
    fi
    publish_in "$kept/tree"
    install -m 755 "$kept/tree/artifacts/linux-x64/thpc-node-agent" "$kept/$1"
}

publish_in() { # DIR
    echo "publishing $(git -C "$1" log -1 --format='%h %s')" >&2
    (cd "$1" && ./publish.sh) >"$work/out" 2>&1 </dev/null || { cat "$work/out" >&2; exit 1; }
}

# Where the pages of a file lie in memory may change its speed: each pair has new files, so that this is noise too.
copy_again() { # LETTER…
    local letter
    for letter; do
        rm -f "$work/$letter/agent"
        cp "$work/$letter/published" "$work/$letter/agent"
    done
}

# The commit that an executable is of.
named() { "$1" --version | grep -oE '[0-9a-f]{40}(-dirty)?' | head -1; }

# both NAME RUNS OPTION… -- ARGUMENTS: runs both executables in pairs, each RUNS times, first the one, then the other first.
# @ in the arguments is a or b.
both() {
    local name=$1 runs=$2 options=() pair order letter commands
    shift 2
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    echo "$name, both in turns, $pairs pairs" >&2
    for ((pair = 0; pair < pairs; pair++)); do
        order=(a b)
        ((pair % 2)) || order=(b a)
        copy_again "${order[@]}"
        commands=()
        for letter in "${order[@]}"; do commands+=(--command-name "$letter" "$work/$letter/agent ${2//@/$letter}"); done
        measure "${options[@]}" --runs "$runs" --export-json "$work/$name-$pair.json" "${commands[@]}"
    done
    table+=("$(tests/bench/difference.py "$name" "$work/$name"-*.json)")
}

both_start() { both start 10 --warmup 2 -- --version; }

both_guard() {
    guarded_root "$work/guarded"
    both guard 10 --warmup 2 -- "guard --root $work/guarded"
}

both_bootstrap() {
    export TENCENTCLOUD_SECRET_ID=bench-id TENCENTCLOUD_SECRET_KEY=bench-key
    trust_standin
    start_standin "${tls[@]}" --secret-id "$TENCENTCLOUD_SECRET_ID" --secret-key "$TENCENTCLOUD_SECRET_KEY"
    credentials="env" configured_root "$url" "$small_script"
    proves "$work/a/agent" bootstrap --root "$work/node" --force
    proves "$work/b/agent" bootstrap --root "$work/node" --force
    both bootstrap 4 --warmup 1 --prepare "$work/fresh" -- "bootstrap --root $work/node --force"
    unset TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY SSL_CERT_FILE CURL_CA_BUNDLE
    exec {standin}>&-
}

# Each has the state that it left itself.
both_boot() {
    local letter
    configured_root "" file:///root/echo.sh
    cp "$work/bucket/test/echo.sh" "$work/template/root/"
    for letter in a b; do
        proves "$work/$letter/agent" bootstrap --root "$work/node"
        mv "$work/node" "$work/node-$letter"
    done
    both boot 8 --warmup 1 -- "bootstrap --root $work/node-@"
}

both_https() {
    trust_standin
    start_standin "${tls[@]}"
    configured_root "$url" "$small_script"
    "$work/fresh"
    both https 6 --warmup 1 -- "script check --root $work/node"
    unset SSL_CERT_FILE CURL_CA_BUNDLE
    exec {standin}>&-
}
