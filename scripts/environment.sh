# Sourced by the other scripts: a virtual environment with what they need, made once.
#
#   prepare EXTRA   installs this project with the optional dependencies EXTRA ("" for none)
#
# CANDOR_VENV names another place than .venv, so that several checkouts can share one.
# CANDOR_PYTHON names another interpreter than python3 to make it with.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${CANDOR_VENV:-$root/.venv}

prepare() {
    local extra=$1 wanted stamp
    stamp=$venv/.candor-${extra:-serve}
    wanted=$root$'\n'$(cat "$root/pyproject.toml" "$root/scripts/constraints.txt")
    if [ ! -x "$venv/bin/python" ]; then
        local python=${CANDOR_PYTHON:-python3}
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
            echo "Candor needs Python 3.11 or newer; $python is older. Set CANDOR_PYTHON." >&2
            exit 1
        }
        echo "Making a virtual environment in $venv ..." >&2
        "$python" -m venv "$venv"
    fi
    if [ "$wanted" != "$(cat "$stamp" 2>/dev/null)" ]; then
        echo "Installing what Candor needs; the first time this takes a few minutes ..." >&2
        "$venv/bin/python" -m pip install --quiet --upgrade "pip>=25"
        "$venv/bin/python" -m pip install --quiet --constraint "$root/scripts/constraints.txt" \
            --editable "$root${extra:+[$extra]}"
        echo "$wanted" >"$stamp"
    fi
}
