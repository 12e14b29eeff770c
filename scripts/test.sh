#!/usr/bin/env bash
# Runs all tests, on a fresh Debian 12 with the .NET 10 SDK, as root: sets up, checks style, publishes, runs the test
# suites and the boot test. Last line: N passed, N failed. A skipped test counts as failed.
# A checkout that cannot be written is copied. Several may run at once on one machine.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# The suites' temporary files, beside those of this script and of the build, which .NET does not remove.
work=$(mktemp -d /tmp/thpc-tests.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work"/{own,suites,times}
chmod 755 "$work"
chmod 1777 "$work"/{suites,times}
export TMPDIR=$work/own

if [ ! -w . ]; then
  cp -a . "$work/checkout" && cd "$work/checkout" || exit 1
fi

passed=0
failed=0
failures=() # a line for each, printed again at the end
log=$(mktemp)

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

# start_background NAME [after OTHER] COMMAND...: starts a suite in the background, at once or when another one there has ended.
# finish NAME waits for it, prints its output and counts it.
declare -A pids=() logs=() statuses=()
start_background() {
  logs[$1]=$(mktemp)
  TMPDIR=$work/suites in_background "${@:2}" >"${logs[$1]}" 2>&1 </dev/null &
  pids[$1]=$!
}
in_background() {
  local start status=0
  if [ "$1" = after ]; then
    tail --pid="${pids[$2]}" -f /dev/null
    shift 2
  fi
  start=$((SECONDS - started))
  "$@" || status=$?
  echo "from $start s to $((SECONDS - started)) s"
  return "$status"
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
  TMPDIR=$work/suites "$@" 2>&1 | tee "$log"
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

finish() {
  wait "${pids[$1]}"
  statuses[$1]=$?
  suite "$1" print_output "$1"
}

scripts_are_clean() {
  local files=()
  while IFS= read -r file; do
    [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' && files+=("$file")
  done < <(git ls-files --cached --others --exclude-standard -- ':!tests/node/scripts')
  shellcheck -x "${files[@]}"
}

# in_own_network COMMAND...: with a loopback interface of its own, so that its fixed addresses and ports are free
in_own_network() {
  unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# xunit COMMAND...: a test project's program; its counts become our last line
xunit() {
  local out times total errors bad skip
  out=$(mktemp -p "$work/own")
  times=$(mktemp -p "$work/times")
  chmod 666 "$times" # the program may run as another user
  "$@" -noColor -noLogo -result-xml "$times" >"$out" 2>&1
  cat "$out"
  read -r total errors bad skip < <(
    sed -nE 's/.* Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+),.*/\1 \2 \3 \4/p' "$out" | tail -n 1)
  rm -f "$out"
  [ -n "$total" ] || return 1
  [ "$skip" -eq 0 ] || echo "$skip tests were skipped: counted as failed"
  echo "$((total - bad - skip)) passed, $((errors + bad + skip)) failed"
}

# as_nobody PROGRAM ARGUMENT...: a program of the repository as an unprivileged user, who may not read the folders of root: the repository
# and .NET are mounted where that user reads them, in a mount namespace that ends with the program. The network is its own, too.
as_nobody() {
  local place status
  place=$(mktemp -d)
  mkdir "$place"/{repository,dotnet,home,tmp}
  chown 65534:65534 "$place"/{home,tmp}
  chmod 755 "$place"
  # shellcheck disable=SC2016
  unshare --net --mount --propagation private bash -c '
    place=$1
    ip link set lo up && mount --bind . "$place/repository" && mount --bind "$2" "$place/dotnet" && cd "$place/repository" || exit
    exec env -i HOME="$place/home" TMPDIR="$place/tmp" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      DOTNET_ROOT="$place/dotnet" GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$place/repository" \
      setpriv --reuid=65534 --regid=65534 --clear-groups -- "./$3" "${@:4}"
  ' bash "$place" "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$@"
  status=$?
  rm -rf "${place:?}/home"
  rmdir "$place"/{repository,dotnet,tmp} "$place"
  return "$status"
}

nothing_is_left() {
  local left
  left=$(find "$work/suites" -mindepth 1 -printf '%P\n' | head -n 20)
  [ -z "$left" ] || { echo "left in the temporary directory:" && echo "$left" && false; }
}

slowest_tests() {
  sed 's/<test /\n&/g' "$work"/times/* | sed -nE 's/^<test id="[^"]*" name="([^"]*)"[^>]* time="([0-9.]+)".*/\2 s  \1/p' |
    sort -rn | head -n 10
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
check "every mutant still applies" tests/mutation/run.py --check
check "the executable and its packages publish without a warning" ./publish.sh --deb --rpm
# Two processors have three rows of suites: the emulated machine; what mostly waits; what computes, which is in the foreground.
# The emulated machine gets priority on the processors: it measures whether the agent answers in time.
start_background "boot test" nice -n -10 tests/boot/run.sh
check "the vendor's SDK installs" npm ci --prefix tests/vendor-sdk --ignore-scripts --no-audit --no-fund --silent
# Many of these wait, so more run at a time than there are processors.
start_background "system tests" xunit in_own_network "$(built Thpc.NodeAgent.SystemTests)" -class- '*.AptNetworkTests' -maxThreads 4
start_background "a package from Debian's archive" after "system tests" \
  xunit "$(built Thpc.NodeAgent.SystemTests)" -class '*.AptNetworkTests'
start_background "packages with real managers" after "a package from Debian's archive" tests/rpm/run.py --parallel 2
start_background "node test" after "a package from Debian's archive" tests/node/run.py --parallel 3
# Every third fault; the default of tests/node/faults.py is all. And a part of the cases; the default of tests/weather/run.py is all.
start_background "jobs before the node is ready" after "node test" tests/node/faults.py --short
start_background "network weather" after "node test" tests/weather/run.py --short --parallel 4
start_background "a storm of agents" after "network weather" tests/storm/run.py
suite "unit tests, unprivileged" xunit as_nobody "$(built Thpc.NodeAgent.Tests)"
check "the executable also publishes for Arm" ./publish.sh --arch arm64
check "the vendor's SDK signs as published" npm test --prefix tests/vendor-sdk --silent
check "the COS stand-in passes its own tests" tests/cos-standin/selftest.py
check "a publish in another folder gives the same bytes" tests/portable/reproducible.sh
# A few seconds per target; docs/development/reliability.md describes the long run.
suite "fuzz" tests/fuzz/run.sh --executions 2000 --seed 1
suite "one file for every image" tests/portable/run.sh
suite "Prometheus over 200 nodes" tests/prometheus/run.py
# Twenty moments per command; the default of tests/kill/run.py is 300.
suite "killed at any point" tests/kill/run.py --quiet --moments 20
suite "asked to end at any point" tests/kill/run.py --quiet --moments 40 --signal TERM bootstrap "script check"
# All pairs of operations; --all 3 of tests/histories/run.py is every sequence of three.
suite "every short history" tests/histories/run.py --short
# Writes in their order only; the default of tests/crash/run.py is every order, and the journal committed before each system call.
suite "every state of a power cut" tests/crash/run.py --short
for name in "system tests" "a package from Debian's archive" "packages with real managers" "node test" \
  "jobs before the node is ready" "network weather" "a storm of agents" "boot test"; do
  finish "$name"
done
check "no suite leaves a temporary file" nothing_is_left
echo "the slowest tests:"
slowest_tests
echo "took $((SECONDS - started)) s"
[ "${#failures[@]}" -eq 0 ] || printf 'FAILED: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
