# shellcheck shell=bash
# Compares the agent with variants that have one setting of the build changed: size, start-up in turns, memory.
# settings [DIR]: variants are kept in DIR and not published again.
settings() {
    local kept=${1:-$work/variants} copy=$work/copy name option variant commands=() names=()
    mkdir -p "$kept"
    git clone --quiet . "$copy"
    sed -i 's/^most=.*/most=67108864/' "$copy/src/portable/check.sh" # a variant may be larger than what is published
    while IFS='|' read -r name option; do
        variant=$kept/${name// /-}
        if [[ ! -x $variant ]]; then
            echo "publishing: $name" >&2
            "$copy/publish.sh" "$option" >"$work/out" 2>&1 </dev/null || { cat "$work/out" >&2; exit 1; }
            install -m 755 "$copy/artifacts/linux-x64/thpc-node-agent" "$variant"
        fi
        names+=("$name")
        commands+=("$variant --version")
    done <<'END'
as it is|-p:Configuration=Release
for speed instead of size|-p:OptimizationPreference=Speed
event sources|-p:EventSourceSupport=true
concurrent collector|-p:ConcurrentGarbageCollection=true
server collector|-p:ServerGarbageCollection=true
no stack traces|-p:StackTraceSupport=false
type tables not packed|-p:IlcDehydrate=false
glibc and OpenSSL of this machine|--host-glibc
END
    in_turns settings 20 15 --warmup 3 -- "${commands[@]}"
    echo '| setting | MiB | --version, median | peak memory |'
    echo '|---|---:|---:|---:|'
    local i letters=({a..z})
    for i in "${!names[@]}"; do
        variant=${commands[i]% --version}
        printf '| %s | %.1f | %.1f ms | %s MiB |\n' "${names[i]}" "$(awk "BEGIN { print $(stat -c %s "$variant") / 1048576 }")" \
            "$(milliseconds settings "${letters[i]}")" "$(peak_memory "$variant" --version)"
    done | sort -t'|' -k4n
}
