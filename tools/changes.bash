# Sourced by checks of what changed.

# Since when: the branch left origin/main, or without such a base five commits ago. An argument is the base itself.
base_of_changes() {
    local base=${1:-} head
    head=$(git rev-parse HEAD)
    if [ -z "$base" ]; then
        base=$(git merge-base HEAD origin/main 2>/dev/null || true)
        # On main itself there is no branch to speak of.
        [ "$base" != "$head" ] || base=
    fi
    [ -n "$base" ] || base=$(git rev-parse --verify -q HEAD~5 || git hash-object -t tree /dev/null)
    printf '%s\n' "$base"
}
