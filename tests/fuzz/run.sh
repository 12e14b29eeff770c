#!/usr/bin/env bash
# Coverage-guided fuzzing of the agent's parsers: sets up, builds, instruments, and runs each target on one core.
# usage: tests/fuzz/run.sh [--executions N | --seconds S] [--seed N] [--keep] [TARGET...]     (default: --seconds 10)
# --keep puts a minimal set of inputs that takes every branch into tests/fuzz/corpus/TARGET.tar.gz. Inputs that caused a failure are
# in artifacts/fuzz/findings; `dotnet tests/fuzz/bin/Release/net10.0/Thpc.NodeAgent.Fuzz.dll TARGET FILE...` runs them again,
# without instrumentation. Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

limit=-max_total_time=10
keep=false
seed=-seed=0 # by the clock
wanted=()
while [ $# -gt 0 ]; do
  case $1 in
    --executions) limit=-runs=$2; shift 2 ;;
    --seed) seed=-seed=$2; shift 2 ;;
    --seconds) limit=-max_total_time=$2; shift 2 ;;
    --keep) keep=true; shift ;;
    -*) sed -n '3p' "$0" >&2; exit 2 ;;
    *) wanted+=("$1"); shift ;;
  esac
done

out=$PWD/artifacts/fuzz
program=$out/bin/Thpc.NodeAgent.Fuzz.dll
plain=tests/fuzz/bin/Release/net10.0/Thpc.NodeAgent.Fuzz.dll

# In memory if possible: some targets write a file for each input.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)" thpc-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# A copy of the runtime, because three of its assemblies are instrumented too.
build() {
  local runtime version root
  TMPDIR=$scratch dotnet build tests/fuzz -c Release --nologo -v quiet -warnaserror
  runtime=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)
  version=${runtime##*/}
  root=${runtime%/shared/*}
  rm -rf "${out:?}/bin" "${out:?}/dotnet"
  mkdir -p "$out/dotnet/host/fxr" "$out/dotnet/shared/Microsoft.NETCore.App" "$out/findings"
  cp -r tests/fuzz/bin/Release/net10.0 "$out/bin"
  cp "$(readlink -f "$(command -v dotnet)")" "$out/dotnet/dotnet"
  cp -r "$root/host/fxr/$version" "$out/dotnet/host/fxr/"
  cp -r "$runtime" "$out/dotnet/shared/Microsoft.NETCore.App/"
  runtime=$out/dotnet/shared/Microsoft.NETCore.App/$version

  # The uninstrumented program instruments another copy of itself.
  dotnet "$plain" instrument \
    "$out/bin/thpc-node-agent.dll" "$out/bin/Tomlyn.dll" "$runtime/System.Text.Json.dll" "$runtime/System.Net.Http.dll" \
    "$runtime/System.Formats.Asn1.dll"
  clang -O2 -Wall -Wextra -Werror -fsanitize=fuzzer tests/fuzz/driver.c -o "$out/driver"
}

# fuzz TARGET OPTION...: runs libFuzzer on the target
fuzz() {
  local target=$1
  shift
  # Above the heap's limit an allocation throws an exception.
  FUZZ_COMMAND="$out/dotnet/dotnet exec $program $target" TMPDIR=$scratch DOTNET_GCHeapHardLimit=0x10000000 DOTNET_gcConcurrent=0 \
    DOTNET_TieredPGO=0 \
    "$out/driver" -max_len=768 -timeout=10 "$@"
}

# pack DIRECTORY ARCHIVE: the same files make the same archive
pack() {
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -c . | gzip -n -9 >"$2.new"
  mv "$2.new" "$2"
}

run() {
  local target=$1 corpus=$out/corpus/$1 log=$out/$1.log seeds=$scratch/seeds/$1 status=0 options=() found crashes hangs
  mkdir -p "$corpus" "$seeds"
  [ ! -f "tests/fuzz/corpus/$target.tar.gz" ] || tar -xzf "tests/fuzz/corpus/$target.tar.gz" -C "$seeds"
  rm -f "$out/findings/$target-"*
  [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || options+=("-dict=tests/fuzz/dictionaries/$target.dict")
  fuzz "$target" "$limit" "$seed" -print_final_stats=1 -artifact_prefix="$out/findings/$target-" "${options[@]}" \
    "$corpus" "$seeds" >"$log" 2>&1 || status=$?
  if $keep && [ "$status" -eq 0 ]; then
    rm -rf "$out/kept" && mkdir "$out/kept"
    FUZZ_EDGES_ONLY=1 fuzz "$target" -merge=1 "$out/kept" "$seeds" "$corpus" >"$out/$target.merge.log" 2>&1 || status=$?
    mkdir -p tests/fuzz/corpus
    pack "$out/kept" "tests/fuzz/corpus/$target.tar.gz"
    rm -rf "$corpus" && mkdir "$corpus"
  fi

  local executions speed files branches
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  files=$(find "$seeds" "$corpus" -type f | wc -l)
  branches=$(sed -n 's/^branches: //p' "$log" | tail -n 1)
  found=$(find "$out/findings" -name "$target-*" | wc -l)
  hangs=$(find "$out/findings" -name "$target-timeout-*" | wc -l)
  crashes=$((found - hangs))
  echo "$target: ${executions:-0} executions, ${speed:-0} a second, $files files, ${branches:-0} branches, $crashes crashes, $hangs hangs"

  # Fewer than a hundred branches mean that the program is not instrumented.
  if [ "$status" -eq 0 ] && [ "$found" -eq 0 ] && [ "${branches:-0}" -ge 100 ]; then
    return 0
  fi

  tail -n 40 "$log" >&2
  return 1
}

scripts/setup.sh fuzz
build
passed=0
failed=0
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(dotnet "$plain" targets)
for target in "${wanted[@]}"; do
  if run "$target"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
