#!/usr/bin/env bash
# Runs all tests, on a fresh Debian 12 with the .NET 10 SDK, as root: sets up, checks style, publishes, runs the test
# suites and the boot test. Last line: N passed, N failed. A skipped test counts as failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# check NAME COMMAND...: counts the command as one check
check() {
  local name=$1
  shift
  echo "== $((SECONDS - started)) s: $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    echo "FAILED: $name"
    failed=$((failed + 1))
  fi
}

# start_background NAME COMMAND...: starts a command in the background. wait_for NAME waits for it; print_output NAME then prints its
# output and returns its exit status. wait_for must run in this shell: suite calls its command in a subshell, which cannot wait for it.
declare -A pids=() logs=() statuses=()
start_background() {
  logs[$1]=$(mktemp)
  "${@:2}" >"${logs[$1]}" 2>&1 </dev/null &
  pids[$1]=$!
}
wait_for() {
  wait "${pids[$1]}"
  statuses[$1]=$?
}
print_output() {
  cat "${logs[$1]}"
  rm -f "${logs[$1]}"
  return "${statuses[$1]}"
}

# suite NAME COMMAND...: runs a command and adds the counts of its last `N passed, N failed` line to ours
suite() {
  local name=$1 line status
  shift
  echo "== $((SECONDS - started)) s: $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
  else
    echo "FAILED: $name ended with $status and no count"
    failed=$((failed + 1))
  fi
}

scripts_are_clean() {
  local files=()
  while IFS= read -r file; do
    [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' && files+=("$file")
  done < <(git ls-files --cached --others --exclude-standard -- ':!tests/node/scripts')
  shellcheck -x "${files[@]}"
}

dotnet_tests() {
  local out summary
  out=$(mktemp)
  dotnet test --project tests/Thpc.NodeAgent.Tests --no-build -c Release >"$out" 2>&1
  cat "$out"
  summary=$(awk '/^Test run summary/ { on = 1 } on && $1 ~ /^(failed|succeeded|skipped):$/ { print $1 $2 }' "$out")
  rm -f "$out"
  local good bad skip
  good=$(sed -n 's/^succeeded://p' <<<"$summary")
  bad=$(sed -n 's/^failed://p' <<<"$summary")
  skip=$(sed -n 's/^skipped://p' <<<"$summary")
  [ -n "$good" ] || return 1
  [ "${skip:-0}" -eq 0 ] || echo "$skip tests were skipped: counted as failed"
  echo "$good passed, $((bad + ${skip:-0})) failed"
}

started=$SECONDS
scripts/setup.sh test node rpm boot fuzz || exit 1
check "packages restore as locked" dotnet restore --locked-mode -v quiet
check "the solution builds without a warning" dotnet build -c Release --no-restore --nologo -v quiet -warnaserror
# The build has checked style and analyzers: EnforceCodeStyleInBuild, AnalysisMode=All.
check "the code is formatted" dotnet format whitespace --verify-no-changes --no-restore
check "the scripts pass shellcheck" scripts_are_clean
check "the executable and its packages publish without a warning" ./publish.sh --deb --rpm
# The emulated machine gets priority on the processors: it measures whether the agent answers in time.
start_background "boot test" nice -n -10 tests/boot/run.sh
check "the vendor's SDK installs" npm ci --prefix tests/vendor-sdk --ignore-scripts --no-audit --no-fund --silent
suite "unit and black-box tests" dotnet_tests
check "the executable also publishes for Arm" ./publish.sh --arch arm64
check "the vendor's SDK signs as published" npm test --prefix tests/vendor-sdk --silent
check "the COS stand-in passes its own tests" tests/cos-standin/selftest.py
check "a publish in another folder gives the same bytes" tests/portable/reproducible.sh
# A few seconds per target; docs/development/reliability.md describes the long run.
suite "fuzz" tests/fuzz/run.sh --executions 2000 --seed 1
suite "one file for every image" tests/portable/run.sh
suite "a storm of agents" tests/storm/run.py
# Twenty moments per command; the default of tests/kill/run.py is 300.
suite "killed at any point" tests/kill/run.py --quiet --moments 20
suite "asked to end at any point" tests/kill/run.py --quiet --moments 40 --signal TERM bootstrap "script check"
# Every third fault; the default of tests/node/faults.py is all. It mostly waits, so it runs in the background.
start_background "jobs before the node is ready" tests/node/faults.py --short
suite "node test" tests/node/run.py --parallel 3
suite "packages with real managers" tests/rpm/run.py --parallel 3
wait_for "jobs before the node is ready"
suite "jobs before the node is ready" print_output "jobs before the node is ready"
wait_for "boot test"
suite "boot test" print_output "boot test"
echo "took $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
