# Sourced by run, test and .ci/run: named stages with a log each, their seconds, and the order of what is printed last.
# A caller that exports OBROL_STAGES lets a script below it add to the same table; only the outermost one prints it.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${OBROL_STAGES:-}" ]; then
    stages_are_ours=false
else
    stages_are_ours=true
    export OBROL_STAGES=$tree/build/logs
fi
# ccache keeps its cache below HOME; where there is none, in the tree.
[ -n "${HOME:-}" ] || export CCACHE_DIR=$tree/build/ccache

stages_begin() {
    $stages_are_ours || return 0
    mkdir -p "$OBROL_STAGES"
    rm -f "$OBROL_STAGES"/*.log "$OBROL_STAGES/table"
    : >"$OBROL_STAGES/table"
}

# stage NAME COMMAND…: runs it into NAME.log; prints one line, and the end of the log when it fails. Returns its status.
stage() {
    local name=$1 log=$OBROL_STAGES/$1.log start=$SECONDS status=0
    shift
    printf '%-16s ' "$name"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    local seconds=$((SECONDS - start))
    if [ $status -eq 0 ]; then
        printf 'ok      %5d s\n' $seconds
    else
        printf 'FAILED  %5d s\n' $seconds
        # Without ninja's lines about what went well.
        grep -av '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n "${stage_log_lines:-60}"
        printf '(the whole log: %s)\n' "$log"
    fi
    printf '%s\t%s\t%s\n' "$name" "$([ $status -eq 0 ] && echo ok || echo FAILED)" $seconds >>"$OBROL_STAGES/table"
    return $status
}

# stage_skipped NAME REASON
stage_skipped() {
    printf '%-16s skipped: %s\n' "$1" "$2"
    printf '%s\tskipped\t0\n' "$1" >>"$OBROL_STAGES/table"
}

# What CTest said in the end: failed tests, if any, and its closing lines.
ctest_closing() {
    sed -n '/^[0-9]*% tests passed/,$p' "$1"
}

# Prints the table, then CTest's own closing lines, then, if any, the names of failed stages. Exits non-zero with those.
stages_end() {
    local failed
    failed=$(awk -F'\t' '$2 == "FAILED" { printf "%s%s", comma, $1; comma = ", " }' "$OBROL_STAGES/table")
    if $stages_are_ours; then
        printf '\n%-16s %-8s %8s\n' stage result seconds
        awk -F'\t' '{ printf "%-16s %-8s %8d\n", $1, $2, $3; sum += $3 } END { printf "%-16s %-8s %8d\n", "all", "", sum }' \
            "$OBROL_STAGES/table"
        [ -z "$failed" ] || printf '\nFAILED: %s (logs in %s)\n' "$failed" "$OBROL_STAGES"
        local log
        for log in "$OBROL_STAGES"/*-tests.log; do
            [ -e "$log" ] || continue
            printf '\n%s:\n' "$(basename "$log" .log)"
            ctest_closing "$log"
        done
    fi
    [ -z "$failed" ] || exit 1
}

# build PRESET TARGET…: configures when needed and builds all that can be built.
build() {
    local preset=$1
    shift
    cd "$tree" || return 1
    # Ninja configures again by itself when a CMake file changes, but not for a preset.
    [ "build/$preset/build.ninja" -nt CMakePresets.json ] || cmake --preset "$preset" || return 1
    cmake --build --preset "$preset" ${1:+--target "$@"} -- -k 0
}
