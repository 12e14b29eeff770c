#!/usr/bin/env bash
# Runs all tests, on a fresh Debian 12 with the .NET 10 SDK, as root: sets up, checks style, publishes, runs the test
# suites and the boot test. Last line: N passed, N failed. A skipped test counts as failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

passed=0
failed=0
failures=() # a line for each, printed again at the end
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
    failures+=("$name")
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
    failures+=("$name: ended with $status and no count")
    failed=$((failed + 1))
  fi
  # "not ok - NAME" of the suites; "    NAME [FAIL]" of xunit, with the next lines, which have the reason
  while IFS= read -r line; do
    failures+=("$name: $line")
  done < <(grep -E -A 3 '^not ok|\[FAIL\]$' "$log")
}

scripts_are_clean() {
  local files=()
  while IFS= read -r file; do
    [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' && files+=("$file")
  done < <(git ls-files --cached --others --exclude-standard -- ':!tests/node/scripts')
  shellcheck -x "${files[@]}"
}

# xunit COMMAND...: a test project's program; its counts become our last line
xunit() {
  local out total errors bad skip
  out=$(mktemp)
  "$@" -noColor -noLogo >"$out" 2>&1
  cat "$out"
  read -r total errors bad skip < <(
    sed -nE 's/.* Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+),.*/\1 \2 \3 \4/p' "$out" | tail -n 1)
  rm -f "$out"
  [ -n "$total" ] || return 1
  [ "$skip" -eq 0 ] || echo "$skip tests were skipped: counted as failed"
  echo "$((total - bad - skip)) passed, $((errors + bad + skip)) failed"
}

# as_nobody PROGRAM ARGUMENT...: a program of the repository as an unprivileged user, who may not read the folders of root: the repository
# and .NET are mounted where that user reads them, in a mount namespace that ends with the program.
as_nobody() {
  local place status
  place=$(mktemp -d)
  mkdir "$place/repository" "$place/dotnet" "$place/home"
  chown 65534:65534 "$place/home"
  chmod 755 "$place"
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -c '
    place=$1
    mount --bind . "$place/repository" && mount --bind "$2" "$place/dotnet" && cd "$place/repository" || exit
    exec env -i HOME="$place/home" TMPDIR="$place/home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      DOTNET_ROOT="$place/dotnet" GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$place/repository" \
      setpriv --reuid=65534 --regid=65534 --clear-groups -- "./$3" "${@:4}"
  ' bash "$place" "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$@"
  status=$?
  rm -rf "${place:?}/home"
  rmdir "$place/repository" "$place/dotnet" "$place"
  return "$status"
}

# built NAME: the program of a test project
built() {
  echo "tests/$1/bin/Release/net10.0/$1"
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
suite "unit tests, unprivileged" xunit as_nobody "$(built Thpc.NodeAgent.Tests)"
suite "system tests" xunit "$(built Thpc.NodeAgent.SystemTests)"
check "the executable also publishes for Arm" ./publish.sh --arch arm64
check "the vendor's SDK signs as published" npm test --prefix tests/vendor-sdk --silent
check "the COS stand-in passes its own tests" tests/cos-standin/selftest.py
check "a publish in another folder gives the same bytes" tests/portable/reproducible.sh
# A few seconds per target; docs/development/reliability.md describes the long run.
suite "fuzz" tests/fuzz/run.sh --executions 2000 --seed 1
suite "one file for every image" tests/portable/run.sh
suite "a storm of agents" tests/storm/run.py
suite "Prometheus over 200 nodes" tests/prometheus/run.py
# Twenty moments per command; the default of tests/kill/run.py is 300.
suite "killed at any point" tests/kill/run.py --quiet --moments 20
suite "asked to end at any point" tests/kill/run.py --quiet --moments 40 --signal TERM bootstrap "script check"
# Writes in their order only; the default of tests/crash/run.py is every order, and the journal committed before each system call.
suite "every state of a power cut" tests/crash/run.py --short
# Every third fault; the default of tests/node/faults.py is all. It mostly waits, so it runs in the background.
start_background "jobs before the node is ready" tests/node/faults.py --short
suite "node test" tests/node/run.py --parallel 3
suite "packages with real managers" tests/rpm/run.py --parallel 3
wait_for "jobs before the node is ready"
suite "jobs before the node is ready" print_output "jobs before the node is ready"
wait_for "boot test"
suite "boot test" print_output "boot test"
echo "took $((SECONDS - started)) s"
[ "${#failures[@]}" -eq 0 ] || printf 'FAILED: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
